// lowbit/kernel/bits/row_family.hpp – the family "rows": bits of rows against bits of rows, nothing reordered.
//
// It serves where panels would not pay: few rhs rows, few lhs rows against a right operand that is not prepared. It
// also serves ISAs without panels, and encodings whose coefficients are no powers of two. Strips are strip_rows columns
// wide. Products of few columns and more rows are turned: a rhs row is held, and lhs rows are streamed.
#ifndef LOWBIT_KERNEL_BITS_ROW_FAMILY_HPP
#define LOWBIT_KERNEL_BITS_ROW_FAMILY_HPP

#include "lowbit/kernel/bits/bodies.hpp"
#include "lowbit/kernel/row_tiles.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// A row body's loops over one run of a strip: a pointer, so that what is around them is compiled once for all ISAs.
struct count_rows {
  void (*run)(const product_rule& rule, const operand& held, const operand& streamed, run_size size,
              strip_sums& sums) noexcept;
  const product_rule& rule;
  void operator()(const operand& held, const operand& streamed, run_size size,
                  strip_sums& sums) const noexcept {
    run(rule, held, streamed, size, sums);
  }
};

/// A tile of a held row would mostly be empty below so many columns.
inline constexpr index_t few_cols = 16;

[[nodiscard]] constexpr bool streams_lhs(const product_shape& shape) noexcept {
  return shape.cols < few_cols && shape.cols < shape.rows;
}

/// The cost of a product row against row.
[[nodiscard]] constexpr double cost_of_rows(const product_shape& shape,
                                            const panel_costs& costs) noexcept {
  return static_cast<double>(shape.cols) * static_cast<double>(shape.rows) *
         static_cast<double>(shape.plane_pairs) *
         (costs.rows + costs.short_rows / static_cast<double>(shape.run_words));
}

/// A row body (kernel/bits/isas.hpp) as the body of a family.
template <class Rows>
struct row_body {
  using tag = typename Rows::tag;
  static constexpr bool whole_sums = false;

  static constexpr product_loops loops = all_operations;

  [[nodiscard]] static panel_layout layout(const rhs_shape&, const dispatch::core&) noexcept {
    return {static_cast<index_t>(strip_rows)};
  }
  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    const bool turned = streams_lhs(s.all.shape);
    const factors& of = s.all.of;
    run_row_tiles<1, strip_rows>(
        s, turned, count_rows{&Rows::template run<Loops>, turned ? of.turned : of.rule}, epilogue);
  }
};

struct bit_rows {
  static constexpr const char* name = "rows";

  template <class Tag>
  using body =
      std::conditional_t<std::is_same_v<rows_for<Tag>, no_body>, no_body, row_body<rows_for<Tag>>>;

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return of.in_planes();
  }
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout&, bool) noexcept {
    return cost_of_rows(shape, costs_on<Tag>(of));
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
