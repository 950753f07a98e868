// OpenBLAS: windows copied side by side (im2col, counted), then one sgemm.
#include <cblas.h>

#include <cstring>

#include "peers.hpp"

namespace bench {
namespace {

/// One row per window; taps on the border stay 0.
void copy_windows(const integer_convolution& c, lowbit::matrix<float>& to) {
  const index_t channels = c.shape.channels;
  const auto bytes = static_cast<std::size_t>(channels) * sizeof(float);
  for (index_t y = 0; y < c.shape.height; ++y)
    for (index_t x = 0; x < c.shape.width; ++x)
      for (index_t t = 0; t < 9; ++t) {
        const index_t row = y + t / 3 - 1, col = x + t % 3 - 1;
        float* const out = to.row(y * c.shape.width + x).data() + t * channels;
        if (row < 0 || row >= c.shape.height || col < 0 || col >= c.shape.width)
          std::memset(out, 0, bytes);
        else
          std::memcpy(out, c.image.row(row * c.shape.width + col).data(), bytes);
      }
}

}  // namespace

std::optional<rival> make_openblas_convolution(std::shared_ptr<const integer_convolution> c) {
  struct work {
    lowbit::matrix<float> windows, out;
  };
  const convolution_shape s = c->shape;
  const auto all = std::make_shared<work>(work{lowbit::matrix<float>(s.pixels(), s.depth()),
                                               lowbit::matrix<float>(s.pixels(), s.channels)});
  const auto run = [=] {
    copy_windows(*c, all->windows);
    const auto m = static_cast<blasint>(s.pixels()), n = static_cast<blasint>(s.channels),
               k = static_cast<blasint>(s.depth());
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, all->windows.data(), k,
                c->filters.data(), k, 0, all->out.data(), n);
  };
  return rival{"im2col + OpenBLAS f32", std::string("cblas_sgemm, core ") + openblas_get_corename(),
               run, [=](const expected_block& expected) { return agrees(all->out, expected); }};
}

}  // namespace bench
