// lowbit/tensor/prepared_matrix.hpp – the constant operand of a product, reordered once.
//
// Weights are multiplied again and again; prepare() pays once for what every product would do: the
// codes in the order in which this machine's kernel reads them (kernel/panels.hpp), and the bit sums of
// the rows. gemm() takes a prepared matrix as its right operand, linear as its weights, with the same result;
// matmul() takes a prepared quantized matrix (tensor/prepared_quantized_matrix.hpp).
//
//     const auto w = lowbit::prepare(weights.codes());
//     auto c = lowbit::gemm(a, w);
//
// The plain codes are kept beside the panels (they serve ISAs without panels, and products of a few
// rows), so a prepared matrix takes twice the memory of the packed one.
#ifndef LOWBIT_TENSOR_PREPARED_MATRIX_HPP
#define LOWBIT_TENSOR_PREPARED_MATRIX_HPP

#include "lowbit/dispatch/core.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/bit_sums.hpp"
#include "lowbit/kernel/product.hpp"
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

/// Rows of `words` words and so many planes in panels, for the tiles that the core does best; nothing if the
/// ISA has no panel body.
template <isa_tag Isa>
[[nodiscard]] panel_buffer make_panels(Isa isa, const kernel::operand& rows, index_t words,
                                       int planes,
                                       const dispatch::core& core = dispatch::this_core()) {
  return with_isa(isa, [&](auto tag) {
    panel_buffer out;
    if constexpr (kernel::has_panels<decltype(tag)>) {
      using body = kernel::panels_for<decltype(tag)>;
      out = {body::layout(rows.rows, words, planes, core), {}, body::tag::name};
      const index_t panels = ceil_div(rows.rows, out.layout.rows);
      out.bytes =
          buffer<std::uint8_t>(checked_mul(panels, out.layout.bytes(), "prepare: panels x bytes"));
      for (index_t p = 0; p < panels && words > 0; ++p)
        body::pack(rows, p * out.layout.rows, out.layout,
                   out.bytes.data() + p * out.layout.bytes());
    }
    return out;
  });
}

/// What every product would make of the rows of a constant operand.
struct prepared_rows {
  panel_buffer panels;
  buffer<std::uint32_t>
      bit_sums;  ///< of each row, weighted, over the whole depth (kernel/bit_sums.hpp)

  [[nodiscard]] index_t bytes() const noexcept { return panels.bytes.size() + 4 * bit_sums.size(); }
};

template <isa_tag Tag, class E>
[[nodiscard]] prepared_rows prepare_rows(Tag tag, packed_view<E> m) {
  const kernel::operand rows{m.data(), m.rows(), m.row_stride(), m.plane_stride()};
  const index_t words = m.layout().words();
  prepared_rows out{make_panels(tag, rows, words, E::plane_count), buffer<std::uint32_t>(m.rows())};
  const auto bit_sum = kernel::bit_sum_on<E>(tag);
  for (index_t r = 0; r < m.rows(); ++r) out.bit_sums[r] = bit_sum(rows, r, words);
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
  /// Bytes of codes, panels and sums.
  [[nodiscard]] index_t bytes() const noexcept { return codes_.bytes() + made_.bytes(); }
  [[nodiscard]] const detail::tensor::panel_buffer& panels() const noexcept { return made_.panels; }
  /// The weighted bit count of each row over the whole depth (kernel/bit_sums.hpp).
  [[nodiscard]] const buffer<std::uint32_t>& bit_sums() const noexcept { return made_.bit_sums; }

 private:
  template <isa_tag Tag, class F>
  friend prepared_matrix<F> prepare(Tag tag, packed_matrix<F> codes);

  packed_matrix<E> codes_;
  detail::tensor::prepared_rows made_;
};

/// Takes the codes over and prepares them for products on one ISA, or on the chosen one.
template <isa_tag Tag, class E>
[[nodiscard]] prepared_matrix<E> prepare(Tag tag, packed_matrix<E> codes) {
  prepared_matrix<E> out;
  out.codes_ = static_cast<packed_matrix<E>&&>(codes);
  out.made_ = detail::tensor::prepare_rows(tag, out.codes_.view());
  return out;
}
template <class E>
[[nodiscard]] prepared_matrix<E> prepare(packed_matrix<E> codes) {
  return prepare(chosen_isa(), static_cast<packed_matrix<E>&&>(codes));
}

LOWBIT_END

#endif
