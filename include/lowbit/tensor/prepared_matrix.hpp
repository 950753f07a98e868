// lowbit/tensor/prepared_matrix.hpp – the constant operand of a product, reordered once.
//
// Weights are multiplied again and again; prepare() pays once for what every product would do: the
// codes in the order in which this machine's kernel reads them (kernel/bits/panels.hpp), and the bit sums of
// the rows. gemm() takes a prepared matrix as its right operand, linear as its weights, with the same result;
// matmul() takes a prepared quantized matrix (tensor/prepared_quantized_matrix.hpp).
//
//     const auto w = lowbit::prepare(weights.codes());
//     auto c = lowbit::gemm(a, w);
//
// A matrix that grows (the database of a search) is prepared once, and append() adds rows at the end. That costs
// what the new rows cost, on average. The result is that of preparing all rows at once.
//
//     w.append(more);
//
// The plain codes are kept beside the panels (they serve ISAs without panels, and products of a few
// rows), so a prepared matrix takes twice the memory of the packed one (five times with look-up panels).
#ifndef LOWBIT_TENSOR_PREPARED_MATRIX_HPP
#define LOWBIT_TENSOR_PREPARED_MATRIX_HPP

#include <span>

#include "lowbit/dispatch/core.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/kernel/bodies.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// Rhs rows in the panels of one ISA; empty if it has no panel body.
struct panel_buffer {
  kernel::panel_layout layout{};
  buffer<std::uint8_t> bytes{};  ///< none: there are no panels, whatever the layout says
  const char* made_for = "";     ///< the name of the ISA whose kernel reads them

  /// True if the kernel of this ISA (null: none) reads these panels.
  [[nodiscard]] bool suit(const char* isa) const noexcept {
    return isa != nullptr && bytes.size() > 0 && std::strcmp(made_for, isa) == 0;
  }
  [[nodiscard]] const std::uint8_t* panel(index_t p) const noexcept {
    return bytes.data() + p * layout.bytes();
  }
};

/// Panels without memory yet for rows of `words` words and so many planes, for the tiles that the core does best;
/// without rows if the ISA has no panel body.
template <isa_tag Isa>
[[nodiscard]] panel_buffer plan_panels(
    Isa isa, index_t rows, index_t words, int planes,
    const dispatch::core& core = dispatch::this_core()) noexcept {
  return with_isa(isa, [&](auto tag) {
    panel_buffer out;
    if constexpr (kernel::has_panels<decltype(tag)>) {
      using body = kernel::panels_for<decltype(tag)>;
      out = {body::layout(rows, words, planes, core), {}, body::tag::name};
    }
    return out;
  });
}

/// The bytes of panels for so many rows.
[[nodiscard]] inline index_t panel_bytes(const kernel::panel_layout& layout, index_t rows) {
  if (layout.rows == 0) return 0;
  return checked_mul(ceil_div(rows, layout.rows), layout.bytes(), "prepare: panels x bytes");
}

/// Packs the panels that hold rows first ... into memory whose unused rows are zeros.
template <isa_tag Isa>
void fill_panels(Isa isa, const kernel::operand& rows, index_t first, panel_buffer& out) noexcept {
  with_isa(isa, [&](auto tag) {
    if constexpr (kernel::has_panels<decltype(tag)>) {
      const index_t width = out.layout.rows;
      const index_t end = out.layout.bytes() > 0 ? ceil_div(rows.rows, width) : 0;
      for (index_t p = first / width; p < end; ++p)
        kernel::panels_for<decltype(tag)>::pack(rows, p * width, out.layout,
                                                out.bytes.data() + p * out.layout.bytes());
    }
  });
}

/// All of them.
template <isa_tag Isa>
[[nodiscard]] panel_buffer make_panels(Isa isa, const kernel::operand& rows, index_t words,
                                       int planes,
                                       const dispatch::core& core = dispatch::this_core()) {
  panel_buffer out = plan_panels(isa, rows.rows, words, planes, core);
  out.bytes = buffer<std::uint8_t>(panel_bytes(out.layout, rows.rows));
  fill_panels(isa, rows, 0, out);
  return out;
}

/// Memory for `needed` elements, at least twice what there is, with the first `used` of those; none if what there
/// is does.
template <class T>
[[nodiscard]] buffer<T> more_room(const buffer<T>& have, index_t used, index_t needed) {
  if (needed <= have.size()) return {};
  buffer<T> grown(needed < 2 * have.size() ? 2 * have.size() : needed);
  if (used > 0) std::memcpy(grown.data(), have.data(), static_cast<std::size_t>(used) * sizeof(T));
  return grown;
}

/// What every product would make of the rows of a constant operand. Both buffers may be longer than the rows need.
struct prepared_rows {
  panel_buffer panels{};
  buffer<std::uint32_t>
      bit_sums{};  ///< of each row, weighted, over the whole depth (kernel/bits/bit_sums.hpp)

  [[nodiscard]] index_t bytes() const noexcept { return panels.bytes.size() + 4 * bit_sums.size(); }
};

/// What `have` holds for `before` rows, in memory for `after` rows; a buffer is empty if the one of `have` does.
/// Few rows may have narrower panels than many: none is in panels then, once in the life of a matrix that grows.
template <isa_tag Tag>
[[nodiscard]] prepared_rows room_for(Tag tag, const prepared_rows& have, index_t before,
                                     index_t after, index_t words, int planes) {
  prepared_rows out{plan_panels(tag, after, words, planes), {}};
  const index_t needed = panel_bytes(out.panels.layout, after);
  out.panels.bytes =
      out.panels.layout == have.panels.layout
          ? more_room(have.panels.bytes, panel_bytes(have.panels.layout, before), needed)
          : buffer<std::uint8_t>(needed);
  out.bit_sums = more_room(have.bit_sums, before, after);
  return out;
}

/// Prepares rows before ... of m, with the room that was made for them; `have` holds the others.
template <isa_tag Tag, class E>
void prepare_rest(Tag tag, packed_view<E> m, index_t before, prepared_rows room,
                  prepared_rows& have) noexcept {
  const bool same = room.panels.layout == have.panels.layout;
  if (same && room.panels.bytes.size() == 0) room.panels.bytes.swap(have.panels.bytes);
  if (room.bit_sums.size() == 0) room.bit_sums.swap(have.bit_sums);
  const kernel::operand rows{m.data(), m.rows(), m.row_stride(), m.plane_stride()};
  fill_panels(tag, rows, same ? before : 0, room.panels);
  const auto bit_sum = kernel::bit_sum_on<E>(tag);
  for (index_t r = before; r < m.rows(); ++r)
    room.bit_sums[r] = bit_sum(rows, r, m.layout().words());
  have = static_cast<prepared_rows&&>(room);
}

template <isa_tag Tag, class E>
[[nodiscard]] prepared_rows prepare_rows(Tag tag, packed_view<E> m) {
  prepared_rows out;
  prepare_rest(tag, m, 0, room_for(tag, out, 0, m.rows(), m.layout().words(), E::plane_count), out);
  return out;
}

}  // namespace detail::tensor

/// Codes, panels and bit sums of one operand. Const and thread-safe. Made by prepare().
template <class E>
class prepared_matrix {
 public:
  using encoding = E;

  prepared_matrix() = default;

  [[nodiscard]] index_t rows() const noexcept { return codes_.rows(); }
  [[nodiscard]] index_t depth() const noexcept { return codes_.depth(); }
  [[nodiscard]] const packed_matrix<E>& codes() const noexcept { return codes_; }
  /// Bytes of codes, and of the memory of panels and sums.
  [[nodiscard]] index_t bytes() const noexcept { return codes_.bytes() + made_.bytes(); }
  [[nodiscard]] const detail::tensor::panel_buffer& panels() const noexcept { return made_.panels; }
  /// The weighted bit count of each row over the whole depth (kernel/bits/bit_sums.hpp).
  [[nodiscard]] std::span<const std::uint32_t> bit_sums() const noexcept {
    return {made_.bit_sums.data(), static_cast<std::size_t>(rows())};
  }

  /// Adds packed rows at the end, its own among them: the same bytes as if all rows had been prepared at once, on
  /// the ISA that this matrix was prepared for. Amortised O(1) per row; memory at least doubles where it grows.
  /// Views, panels and sums become invalid. Errors: rows of another depth or layout, with the shapes; nothing is
  /// changed then.
  void append(packed_view<E> more) {
    using namespace detail;
    tensor::require_like(more, codes_.view());
    const index_t before = rows(), after = checked_add(before, more.rows(), "append: rows");
    tensor::prepared_rows room =
        tensor::room_for(isa_, made_, before, after, codes_.layout().words(), E::plane_count);
    codes_.append(more);  // the last that may fail
    tensor::prepare_rest(isa_, codes_.view(), before, static_cast<tensor::prepared_rows&&>(room),
                         made_);
  }

 private:
  template <isa_tag Tag, class F>
  friend prepared_matrix<F> prepare(Tag tag, packed_matrix<F> codes);

  packed_matrix<E> codes_;
  detail::tensor::prepared_rows made_;
  any_isa isa_ = isa::scalar{};
};

/// Takes the codes over and prepares them for products on one ISA, or on the chosen one.
template <isa_tag Tag, class E>
[[nodiscard]] prepared_matrix<E> prepare(Tag tag, packed_matrix<E> codes) {
  prepared_matrix<E> out;
  out.codes_ = static_cast<packed_matrix<E>&&>(codes);
  out.made_ = detail::tensor::prepare_rows(tag, out.codes_.view());
  out.isa_ = tag;
  return out;
}
template <class E>
[[nodiscard]] prepared_matrix<E> prepare(packed_matrix<E> codes) {
  return prepare(chosen_isa(), static_cast<packed_matrix<E>&&>(codes));
}

LOWBIT_END

#endif
