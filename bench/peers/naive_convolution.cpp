// The textbook's loops on floats, a sum a window and filter: what XNOR-Net's "58x" is about. That figure
// counts one 64-bit binary operation a clock against one float multiply-add a clock, and the paper
// measured it against such loops; no float library runs that slowly.
#include "peers.hpp"

namespace bench {

std::optional<rival> make_naive_convolution(std::shared_ptr<const integer_convolution> c) {
  const auto out = std::make_shared<lowbit::matrix<float>>(c->shape.pixels(), c->shape.channels);
  const auto run = [=] {
    for (index_t y = 0; y < c->shape.height; ++y)
      for (index_t x = 0; x < c->shape.width; ++x)
        for (index_t o = 0; o < c->shape.channels; ++o)
          (*out)(y * c->shape.width + x, o) = sum_at(*c, y, x, o);
  };
  return rival{"naive float loops", "loops over floats, as in XNOR-Net's \"58x\"", run,
               [=](const expected_block& expected) { return agrees(*out, expected); }};
}

}  // namespace bench
