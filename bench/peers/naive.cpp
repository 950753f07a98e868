// The textbook's triple loop on floats, as this project's own flags compile it: what papers that report
// fifty-fold speed-ups have compared with. A sum in float may not be reordered, so its additions wait for
// each other.
#include "peers.hpp"

namespace bench {
namespace {

void multiply(const lowbit::matrix<float>& a, const lowbit::matrix<float>& b,
              lowbit::matrix<float>& c) {
  for (index_t m = 0; m < a.rows(); ++m)
    for (index_t n = 0; n < b.rows(); ++n) {
      float sum = 0;
      for (index_t k = 0; k < a.cols(); ++k) sum += a(m, k) * b(n, k);
      c(m, n) = sum;
    }
}

}  // namespace

std::optional<rival> make_naive(std::shared_ptr<const integer_product> p) {
  constexpr double patience = 1 << 27;  // MACs: about 0.2 s
  if (p->shape.mac() > patience) return std::nullopt;
  const auto c = std::make_shared<lowbit::matrix<float>>(p->shape.m, p->shape.n);
  return rival{"naive float loops", "three loops",
               [=] { multiply(p->float_lhs, p->float_rhs, *c); },
               [=](const expected_block& expected) { return agrees(*c, expected); }};
}

}  // namespace bench
