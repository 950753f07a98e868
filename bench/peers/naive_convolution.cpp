// The textbook's loops on floats, one sum per window and filter: XNOR-Net's "58x" is relative to these. That figure
// counts one 64-bit binary operation per cycle against one float multiply-add per cycle. The paper measured against
// such loops; no float library is that slow.
#include "peers.hpp"

namespace bench {

std::optional<rival> make_naive_convolution(std::shared_ptr<const integer_convolution> c) {
  const auto out = std::make_shared<lowbit::matrix<float>>(c->shape.pixels(), c->shape.channels);
  const auto run = [=] {
    for (index_t y = 0; y < c->shape.height; ++y)
      for (index_t x = 0; x < c->shape.width; ++x)
        for (index_t o = 0; o < c->shape.channels; ++o)
          (*out)(y * c->shape.width + x, o) = sum_at<float>(*c, y, x, o);
  };
  return rival{"naive float loops", "loops over floats, as in XNOR-Net's \"58x\"", run,
               [=](const expected_block& expected) { return agrees(*out, expected); }};
}

}  // namespace bench
