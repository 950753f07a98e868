// Eigen: single precision. Its kernels are templates without dispatch, so this file is compiled for the CPU that
// builds it.
#include "lowbit/abi.hpp"
LOWBIT_INTRINSICS_BEGIN
#include <Eigen/Core>
LOWBIT_INTRINSICS_END

#include "peers.hpp"

namespace bench {

std::optional<rival> make_eigen(std::shared_ptr<const integer_product> p) {
  using rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto c = std::make_shared<lowbit::matrix<float>>(p->shape.m, p->shape.n);
  return rival{"Eigen f32", std::string("SIMD: ") + Eigen::SimdInstructionSetsInUse(),
               [=] {
                 const Eigen::Map<const rows> a(p->float_lhs.data(), p->shape.m, p->shape.k);
                 const Eigen::Map<const rows> b(p->float_rhs.data(), p->shape.n, p->shape.k);
                 Eigen::Map<rows> out(c->data(), p->shape.m, p->shape.n);
                 out.noalias() = a * b.transpose();
               },
               [=](const expected_block& expected) { return agrees(*c, expected); }};
}

}  // namespace bench
