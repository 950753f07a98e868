// lowbit/kernel/family.hpp – a kernel family: one way to multiply, with a body for each ISA that it serves.
//
// A family says what it can multiply, and what that costs. It says how the right operand must lie in memory, and how
// one strip of the result is computed. All else is the same for every family, and lies in product/: the choice of a
// family (product/route.hpp), memory, cuts, threads. A family that multiplies bytes may look like this:
//
//     struct bytes {
//       static constexpr const char* name = "bytes";
//       template <class Tag>
//       using body = bytes_body;                       // what runs on that ISA; no_body: nothing
//       template <class Tag>
//       static bool serves(const factors&);            // whether it multiplies these formats on that ISA
//       template <class Tag>
//       static double cost(const factors&, const product_shape&, const panel_layout&, bool packed);
//     };
//     struct bytes_body {
//       using tag = isa::scalar;                       // the ISA that the body is written for
//       static constexpr bool whole_sums = true;       // false: the strip's offset terms hold what the rule adds
//       static panel_layout layout(const rhs_shape&, const dispatch::core&);
//       static void pack(const code_format& rhs, const operand& rows, index_t first, const panel_layout&,
//                        std::uint8_t* panel) noexcept;
//       template <class Epilogue>
//       static void run(const strip&, const Epilogue&);
//     };
//
// `factors` (kernel/factors.hpp) has both formats and their product rule as values: what codes stand for, and how
// they lie in memory. run() finds it in its strip. A family is not compiled for pairs of encodings. Its loops may be
// compiled for the operations of rules: a body that names those it tells apart,
//
//       static constexpr product_loops loops = all_operations;
//       template <product_loops Loops, class Epilogue>
//       static void run(const strip&, const Epilogue&);
//
// is compiled for the operations that a program uses. A family that names loops as its compiled_for is compiled only for
// programs with one of these loops (kernel/bytes/). A family may keep words and planes, as kernel/bits/ does, or
// make something else of the right operand in pack(). A body without pack() reads the right operand where it lies; the
// rows of its layout are the columns of its strips. A body with convert() reads the left operand as signed bytes: then
// the strides and runs of strip.all.lhs count bytes (kernel/bytes/ is such a family).
//
// A family that multiplies only some matrices of a format has problem(rows, runs): a reason, if it cannot multiply these
// right operands. prepare() reports it. Such a family multiplies prepared operands only (kernel/three_of_four/).
//
// The unit of cost() is the time of one word of a left row against one word of a right row, in panels of bits. Costs
// that are right within a factor of two suffice: they change speed, never a result.
#ifndef LOWBIT_KERNEL_FAMILY_HPP
#define LOWBIT_KERNEL_FAMILY_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/dispatch/core.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/kernel/factors.hpp"
#include "lowbit/kernel/operand.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// What costs and cuts of a product depend on.
struct product_shape {
  index_t rows = 0;   ///< lhs rows
  index_t cols = 0;   ///< rhs rows
  index_t words = 0;  ///< words of one plane of a row
  index_t lhs_planes = 1;
  index_t plane_pairs = 1;  ///< terms of the product rule
  int rhs_planes = 1;
  index_t run_words = 1;           ///< words of a run, on average
  index_t word_depth = word_bits;  ///< as in rhs_shape
};

/// A right operand, as far as the layout of its panels depends on it.
struct rhs_shape {
  index_t rows = 0;
  index_t words = 0;  ///< of one plane of a row
  index_t planes = 1;
  index_t word_depth = word_bits;  ///< elements that a word holds at most: fewer in short segments
};
[[nodiscard]] constexpr rhs_shape rhs_of(const product_shape& s) noexcept {
  return {s.cols, s.words, s.rhs_planes, s.word_depth};
}

/// The shape of a panel: some rhs rows in the order in which a kernel reads them.
struct panel_layout {
  index_t rows = 0;  ///< rhs rows (lanes)
  index_t planes = 0;
  index_t words = 0;        ///< words of one plane of one rhs row
  index_t plane_bytes = 0;  ///< bytes of one plane of the panel
  bool adders = false;      ///< for tiles that add before they count (kernel/bits/fused_adder.hpp)
  int field_bits = 0;       ///< of an element (kernel/bytes/dot_sums.hpp)
  index_t word_depth = word_bits;  ///< elements of a word that are in the panel (kernel/bytes/)

  [[nodiscard]] constexpr index_t bytes() const noexcept { return planes * plane_bytes; }
  [[nodiscard]] friend constexpr bool operator==(const panel_layout&,
                                                 const panel_layout&) = default;
};

/// What is added to finished sums: a constant, one term per lhs row, one per rhs row (null: none). The terms of the rhs
/// rows may depend on the lhs row (windows that reach into the padding). Then lhs row r belongs to class lhs_class[r],
/// and each class has its own rhs terms, at a distance of class_stride.
struct offset_terms {
  std::uint32_t constant;
  const std::uint32_t* lhs;
  const std::uint32_t* rhs;
  const std::int32_t* lhs_class = nullptr;
  index_t class_stride = 0;

  /// The rhs numbers for a lhs row.
  [[nodiscard]] LOWBIT_INLINE const std::uint32_t* rhs_of(index_t lhs_row) const noexcept {
    return lhs_class == nullptr ? rhs : rhs + lhs_class[lhs_row] * class_stride;
  }
  /// What is added to the sum of a lhs row and a column of the result.
  [[nodiscard]] LOWBIT_INLINE std::uint32_t at(index_t lhs_row, index_t col) const noexcept {
    return constant + (lhs != nullptr ? lhs[lhs_row] : 0) +
           (rhs != nullptr ? rhs_of(lhs_row)[col] : 0);
  }
  /// Adds the rhs numbers to a tile of sums in memory.
  void add_rhs(std::uint32_t* sums, index_t row_stride, const tile_place& place) const noexcept {
    if (rhs == nullptr) return;
    for (index_t r = 0; r < place.rows; ++r) {
      const std::uint32_t* const terms = rhs_of(place.row + r) + place.col;
      for (index_t c = 0; c < place.cols; ++c) sums[r * row_stride + c] += terms[c];
    }
  }
};

/// A product: what is the same for all its strips. `lhs` and `rhs` are whole operands from their first word on.
struct multiplication {
  const factors& of;
  operand lhs;
  operand rhs;
  run_list runs;
  offset_terms add;
  panel_layout layout;
  product_shape shape;
  index_t first_col;  ///< of the result, where rhs row 0 is
  const std::int32_t* lhs_sums =
      nullptr;  ///< of the bytes of each left row over all runs; null: rows are no bytes
};

/// What a body computes per call: lhs rows first_row ... end_row - 1 against rhs rows first_col ... end_col - 1,
/// which are at most those of a panel. Every tile of the strip goes to the epilogue once; its place counts columns
/// from all.first_col on.
struct strip {
  const multiplication& all;
  index_t first_row, end_row;
  index_t first_col, end_col;
  const std::uint8_t* panel;  ///< null if the body does not pack
  bool prefetch_next;         ///< no strip has read the panel behind this one yet
};

/// A family has no body for an ISA.
struct no_body {};

/// The functions that pack panels for one body. There is one object per family and ISA, so its address identifies whose
/// panels some are.
struct panel_packer {
  const char* family;
  any_isa isa;  ///< of the body
  panel_layout (*layout)(const rhs_shape& rhs, const dispatch::core& core);
  void (*pack)(const code_format& rhs, const operand& rows, index_t first,
               const panel_layout& layout, std::uint8_t* panel) noexcept;
  reason (*problem)(const operand& rows, run_list runs) noexcept;  ///< null: all codes are packed
};
template <class Family>
inline constexpr decltype(panel_packer::problem) problem_of = [] {
  if constexpr (requires { &Family::problem; })
    return &Family::problem;
  else
    return nullptr;
}();
template <class Family, class Body>
inline constexpr panel_packer packer_of{Family::name, typename Body::tag{}, &Body::layout,
                                        &Body::pack, problem_of<Family>};

/// Whose panels some are, and in which layout: a body reads panels of its own format only.
struct panel_format {
  const panel_packer* packer = nullptr;
  panel_layout layout{};
  [[nodiscard]] friend constexpr bool operator==(const panel_format&,
                                                 const panel_format&) = default;
};

template <class Family, class Tag>
using body_of = typename Family::template body<Tag>;

/// The family has a body for the ISA.
template <class Family, class Tag>
concept has_body = !std::same_as<body_of<Family, Tag>, no_body>;

/// The body reorders right operands.
template <class Body>
concept packs = requires(const code_format& rhs, const operand& rows, const panel_layout& layout,
                         std::uint8_t* panel) {
  Body::pack(rhs, rows, index_t{}, layout, panel);
};

/// Where the signed bytes of rows go: row r to `size` bytes from data + r * stride on, 64 per word, the last word perhaps
/// a part. Bytes beyond the depth are 0. The sum of the bytes of row r is added to sums[r].
struct signed_rows {
  std::int8_t* data;
  index_t stride;
  index_t size;
  std::int32_t* sums;
};

/// The function that converts one run of left rows from planes to bytes.
using row_converter = void (*)(const code_format& lhs, const operand& rows, run_size run,
                               const signed_rows& out) noexcept;

/// The body reads left operands as signed bytes, and converts those that lie in planes, run by run.
template <class Body>
concept reads_bytes = requires(const code_format& lhs, const operand& rows, run_size run,
                               const signed_rows& out) {
  Body::convert(lhs, rows, run, out);
};

/// The loops that a program's products must have, so that the family is compiled for it.
template <class Family>
inline constexpr product_loops compiled_for = [] {
  if constexpr (requires { Family::compiled_for; })
    return product_loops{Family::compiled_for};
  else
    return ~product_loops{0};
}();

/// The bits of product_loops that a body is compiled for.
template <class Body>
inline constexpr product_loops loops_read = [] {
  if constexpr (requires { Body::loops; })
    return product_loops{Body::loops};
  else
    return product_loops{0};
}();

}  // namespace detail::kernel

/// A type with the members that the head of this file shows.
template <class Family>
concept kernel_family = std::convertible_to<decltype(Family::name), const char*> && requires {
  typename Family::template body<isa::scalar>;
};

/// The vocabulary that a family of your own is written in.
namespace family {
using detail::kernel::all_operations;
using detail::kernel::factors;
using detail::kernel::multiplication;
using detail::kernel::no_body;
using detail::kernel::operand;
using detail::kernel::panel_layout;
using detail::kernel::product_loops;
using detail::kernel::product_run;
using detail::kernel::product_shape;
using detail::kernel::rhs_shape;
using detail::kernel::strip;
}  // namespace family

LOWBIT_END

#endif
