// OpenBLAS: single precision. It has no interface for reordered weights; a single row goes to sgemv.
#include <cblas.h>

#include "peers.hpp"

namespace bench {

std::optional<rival> make_openblas(std::shared_ptr<const integer_product> p) {
  const auto c = std::make_shared<lowbit::matrix<float>>(p->shape.m, p->shape.n);
  const auto check = [=](const expected_block& expected) { return agrees(*c, expected); };
  const auto m = static_cast<blasint>(p->shape.m), n = static_cast<blasint>(p->shape.n),
             k = static_cast<blasint>(p->shape.k);
  const std::string core = std::string(", core ") + openblas_get_corename();
  if (m == 1)
    return rival{"OpenBLAS f32", "cblas_sgemv" + core,
                 [=] {
                   cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, 1, p->float_rhs.data(), k,
                               p->float_lhs.data(), 1, 0, c->data(), 1);
                 },
                 check};
  return rival{"OpenBLAS f32", "cblas_sgemm" + core,
               [=] {
                 cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1,
                             p->float_lhs.data(), k, p->float_rhs.data(), k, 0, c->data(), n);
               },
               check};
}

}  // namespace bench
