// The row of a matrix product: lowbit in four ways, the roofs, and the peers, all in the same rounds.
//
//     prepared         lhs packed, rhs prepared: the product alone, of a network whose weights stay
//     unprepared       lhs packed, rhs packed: the rhs is reordered within the call where that pays
//     packing          the lhs from floats to packed codes
//     with packing     packing and the prepared product, as a layer that is given floats
//
// make_product() knows encodings and ISA and leaves only functions behind; measure_product() knows neither.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "lowbit/lowbit.hpp"
#include "lowbit/quantize/methods/three_of_four.hpp"
#include "peers/peers.hpp"
#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// A product to be measured, its types forgotten.
struct product_work {
  row about;       ///< task, shape, ISA, kernel, threads
  double mac = 0;  ///< multiply-accumulates of the product
  int terms = 1;   ///< products of bits that one of them takes; 1 for products of bytes
  candidate prepared, unprepared, packing, with_packing;
  double rhs_bytes =
      0;  ///< what the prepared product reads of the rhs, once for each tile of lhs rows
  /// Runs all four and names the first whose answer is wrong; empty if none.
  std::function<std::string()> first_wrong;
  expected_block expected;
  std::vector<rival> rivals;
};

/// Reals in [-1, 1), the same in every run.
[[nodiscard]] lowbit::matrix<float> random_floats(index_t rows, index_t cols, std::uint64_t seed);

/// Rows to check of so many: all, or `samples` of them spread evenly, the first and the last included.
[[nodiscard]] std::vector<index_t> spread(index_t rows, index_t samples);

/// The integers of two packed operands, for the peers.
[[nodiscard]] std::shared_ptr<const integer_product> integers_of(
    const product_shape& shape, const lowbit::matrix<std::int32_t>& lhs,
    const lowbit::matrix<std::int32_t>& rhs);

/// Everybody who is installed and serves this product.
[[nodiscard]] std::vector<rival> rivals_for(const std::shared_ptr<const integer_product>& product);

/// Checks every candidate against the reference, then times them. Errors: lowbit differs from it. A rival
/// that does, or that takes seconds, is left out, with a note.
[[nodiscard]] row measure_product(product_work work, const effort& how);

/// Stands where a quantizer of weights is expected: ternary weights of which one in each four is 0.
struct three_of_four {
  using encoding = lowbit::ternary;
};

namespace detail {

/// The codes of floats.
template <lowbit::quantizer Q>
[[nodiscard]] lowbit::packed_matrix<typename Q::encoding> codes_of(const Q& q,
                                                                   const lowbit::matrix<float>& x) {
  return lowbit::quantize(q, x.view()).codes();
}
[[nodiscard]] inline lowbit::packed_matrix<lowbit::ternary> codes_of(
    three_of_four, const lowbit::matrix<float>& x) {
  lowbit::matrix<lowbit::code_t> codes(x.rows(), x.cols());
  for (index_t r = 0; r < x.rows(); ++r) {
    const auto n = static_cast<std::size_t>(x.cols());
    static_cast<void>(
        lowbit::fit_three_of_four({x.data() + r * x.cols(), n}, {codes.data() + r * x.cols(), n}));
  }
  return lowbit::pack<lowbit::ternary>(codes.view());
}

/// The chosen rows of m as a matrix of their own.
template <class E>
lowbit::packed_matrix<E> chosen_rows(const lowbit::packed_matrix<E>& m,
                                     const std::vector<index_t>& rows) {
  lowbit::matrix<lowbit::code_t> codes(static_cast<index_t>(rows.size()), m.depth());
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t k = 0; k < codes.cols(); ++k)
      codes(r, k) = m.view().code(rows[static_cast<std::size_t>(r)], k);
  return lowbit::pack<E>(lowbit::matrix_view<const lowbit::code_t>(codes));
}

}  // namespace detail

/// lhs x rhs on one ISA by some kernel families, with the peers if they are wanted.
template <lowbit::quantizer A, class B, class Families = lowbit::library_families>
[[nodiscard]] product_work make_product(const char* task, lowbit::any_isa tag,
                                        const A& quantize_lhs, const B& quantize_rhs,
                                        const product_shape& shape, bool with_peers,
                                        Families families = {}) {
  using lhs_code = typename A::encoding;
  using rhs_code = typename B::encoding;
  struct data {
    lowbit::matrix<float> x;
    lowbit::packed_matrix<lhs_code> lhs;
    lowbit::packed_matrix<rhs_code> rhs;
    lowbit::prepared_matrix<rhs_code> prepared;
    lowbit::matrix<std::int32_t> out;
  };
  const lowbit::with where(families, lowbit::on(tag));
  const auto all = std::make_shared<data>();
  all->x = random_floats(shape.m, shape.k, 1);
  all->lhs = lowbit::quantize(quantize_lhs, all->x.view()).codes();
  all->rhs = detail::codes_of(quantize_rhs, random_floats(shape.n, shape.k, 2));
  all->prepared = lowbit::prepare(all->rhs, lowbit::format_of<lhs_code>(), where);
  all->out = lowbit::matrix<std::int32_t>(shape.m, shape.n);

  product_work work;
  work.about.task = task;
  work.about.shape = {shape.m, shape.n, shape.k};
  work.about.isa = tag.name;
  work.about.kernel = lowbit::kernel_name(all->lhs, all->prepared, where);
  work.mac = shape.mac();
  constexpr lowbit::product_rule rule = lowbit::multiply<lhs_code, rhs_code>();
  const auto runs = [&](const char* family) {
    return work.about.kernel.find(family) != std::string::npos;
  };
  const bool compressed = runs(" trits") || runs(" three_of_four");
  work.terms = runs(" bytes") || compressed ? 1 : rule.term_count;
  work.rhs_bytes =
      static_cast<double>(compressed ? all->prepared.panels().bytes.size() : all->rhs.bytes());
  work.prepared = [=] { lowbit::gemm(all->lhs, all->prepared, all->out.view(), where); };
  work.unprepared = [=] { lowbit::gemm(all->lhs, all->rhs, all->out.view(), where); };
  work.packing = [=] {
    const auto codes = lowbit::quantize(quantize_lhs, all->x.view(), lowbit::on(tag));
    asm volatile("" : : "r"(codes.codes().view().data()) : "memory");
  };
  work.with_packing = [=] {
    const auto x = lowbit::quantize(quantize_lhs, all->x.view(), lowbit::on(tag));
    lowbit::gemm(x.codes(), all->prepared, all->out.view(), where);
  };

  constexpr double whole = 1 << 27;  // MACs that the reference may take its time for
  constexpr index_t samples = 96;
  const bool sampled = shape.mac() > whole;
  work.expected.rows = spread(shape.m, sampled ? samples : shape.m);
  work.expected.cols = spread(shape.n, sampled ? samples : shape.n);
  work.expected.sums = lowbit::gemm(detail::chosen_rows(all->lhs, work.expected.rows),
                                    detail::chosen_rows(all->rhs, work.expected.cols),
                                    lowbit::on(lowbit::isa::scalar{}));
  work.first_wrong = [all, quantize_lhs, prepared = work.prepared, unprepared = work.unprepared,
                      with_packing = work.with_packing, expected = work.expected]() -> std::string {
    const auto differs = [&](const candidate& run) {
      std::fill_n(all->out.data(), all->out.rows() * all->out.cols(), -1);
      run();
      return !agrees(all->out, expected);
    };
    if (differs(prepared)) return "the product with a prepared rhs";
    if (differs(unprepared)) return "the product with a packed rhs";
    if (differs(with_packing)) return "packing and product";
    const auto codes =
        lowbit::quantize(quantize_lhs, all->x.view(), lowbit::on(lowbit::isa::scalar{}));
    return codes.codes() == all->lhs ? "" : "packing";
  };
  if (with_peers)
    work.rivals =
        rivals_for(integers_of(shape, lowbit::values(all->lhs), lowbit::values(all->rhs)));
  return work;
}

}  // namespace bench
