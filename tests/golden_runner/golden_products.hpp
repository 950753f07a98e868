// What the golden operations of products share: codes packed from a file's integers, and one
// product on every ISA.
#pragma once

#include "golden_case.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/kernels.hpp"

namespace golden {

using lowbit::matrix;

/// lhs times rhs on the first ISA; a failure for each other that differs.
template <class A, class B>
matrix<std::int32_t> product(context& c, lowbit::packed_view<A> lhs, lowbit::packed_view<B> rhs) {
  const matrix<std::int32_t> first = lowbit::gemm(lhs, rhs, lowbit::on(lowbit::isa::scalar{}));
  lowbit::for_each_isa([&](lowbit::isa_tag auto tag) {
    if (!(lowbit::gemm(lhs, rhs, lowbit::on(tag)) == first))
      c.failures.push_back(std::string("the product differs on ") + tag.name);
  });
  return first;
}

template <class T>
matrix<T> transposed(const matrix<T>& x) {
  matrix<T> out(x.cols(), x.rows());
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t k = 0; k < x.cols(); ++k) out(k, r) = x(r, k);
  return out;
}

/// Packs the codes f(x) of a matrix of integers.
template <class E, class F>
lowbit::packed_matrix<E> packed(const matrix<std::int32_t>& x, F f) {
  matrix<lowbit::code_t> codes(x.rows(), x.cols());
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t k = 0; k < x.cols(); ++k) codes(r, k) = static_cast<lowbit::code_t>(f(x(r, k)));
  return lowbit::pack<E>(codes.view());
}

}  // namespace golden
