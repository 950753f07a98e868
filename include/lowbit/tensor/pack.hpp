// lowbit/tensor/pack.hpp – code bytes to packed tensors and back.
//
// For codes that were made elsewhere (another framework, a test vector): one byte per code, row-major views or
// spans. Codes are checked: an invalid byte is an error that names its place. For floats use quantize() or
// encode() (encode/), which pack while they encode.
//
//     auto m = lowbit::pack<lowbit::ternary>(codes);     a new packed matrix
//     lowbit::pack(codes, m);                            into m, whose memory is used again
#ifndef LOWBIT_TENSOR_PACK_HPP
#define LOWBIT_TENSOR_PACK_HPP

#include "lowbit/core/matrix.hpp"
#include "lowbit/core/shape.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/kernel/pack/pack.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

/// Blocks of 64 codes are checked without a branch, in a loop that compilers vectorize. The last few codes, and a
/// block with an invalid code, are checked one by one.
template <packable E>
void require_codes(std::span<const code_t> codes, index_t row, index_t first = 0) {
  std::size_t k = 0;
  for (; k + word_bits <= codes.size(); k += word_bits) {
    code_t wrong = 0;
    for (std::size_t i = 0; i < word_bits; ++i)
      wrong |= static_cast<code_t>(!is_code<E>(codes[k + i]));
    if (wrong != 0) break;
  }
  for (; k < codes.size(); ++k)
    if (!is_code<E>(codes[k]))
      fail("pack: row %td, element %zu: %d is no code of %s with %d planes", row,
           static_cast<std::size_t>(first) + k, int{codes[k]}, E::name, E::plane_count);
}

/// Packs one row of checked codes into the words of `out`'s row.
template <packable E>
void pack_row(kernel::pack_codes_function pack_codes, const code_t* codes, packed_matrix<E>& out,
              index_t row) {
  const depth_layout layout = out.layout();
  index_t first = 0;
  for (index_t i = 0; i < layout.runs(); ++i) {
    const depth_run run = layout.run(i);
    pack_codes(codes + first, run.depth,
               {out.mutable_row(row) + run.first_word, out.plane_stride()});
    first += run.depth;
  }
}

}  // namespace detail::tensor

/// Packs a rows x depth matrix of codes, one byte each, into out. Allocates nothing. Errors: out has another shape; a
/// byte that is no code of E, naming row, element and value. Nothing is written then.
template <packable E, executor Where = serial_executor>
void pack(matrix_view<const code_t> codes, packed_matrix<E>& out, const Where& where = {}) {
  detail::core::require_same_sizes("pack", {"the input", codes.rows(), codes.cols()},
                                   {"the output", out.rows(), out.depth()});
  for (index_t r = 0; r < codes.rows(); ++r) detail::tensor::require_codes<E>(codes.row(r), r);
  const auto pack_codes = detail::kernel::pack_codes_on<E::plane_count>(detail::isa_of(where));
  for (index_t r = 0; r < codes.rows(); ++r)
    detail::tensor::pack_row(pack_codes, codes.row(r).data(), out, r);
}

/// Packs a rows x depth matrix of codes, one byte each, as a new matrix. `segment` > 0: see tensor/depth_layout.hpp.
/// Errors: a byte that is no code of E, naming row, element and value.
template <packable E, executor Where = serial_executor>
[[nodiscard]] packed_matrix<E> pack(matrix_view<const code_t> codes, index_t segment = 0,
                                    const Where& where = {}) {
  packed_matrix<E> out(codes.rows(), codes.cols(), segment);
  pack(codes, out, where);
  return out;
}

/// Packs one row of codes, for example a vector of activations, as a new matrix. Errors: as for a matrix.
template <packable E>
[[nodiscard]] packed_matrix<E> pack(std::span<const code_t> codes) {
  return pack<E>(matrix_view<const code_t>(codes.data(), 1, static_cast<index_t>(codes.size())));
}

/// Adds one row of codes at the end of m. Errors: wrong length, a byte that is no code of E; m is then
/// unchanged.
template <packable E>
void append_row(packed_matrix<E>& m, std::span<const code_t> codes) {
  if (static_cast<index_t>(codes.size()) != m.depth())
    detail::fail("append_row: %zu codes for a matrix of depth %td", codes.size(), m.depth());
  detail::tensor::require_codes<E>(codes, m.rows());
  m.append_rows(1);
  detail::tensor::pack_row(detail::kernel::pack_codes_on<E::plane_count>(chosen_isa()),
                           codes.data(), m, m.rows() - 1);
}

/// The codes of m, one byte each, row-major, into the caller's matrix. Allocates nothing. Errors: out has another
/// shape.
template <packable_or_any E>
void unpack(packed_view<E> m, matrix_view<code_t> out) {
  detail::core::require_same_sizes("unpack", {"the input", m.rows(), m.depth()},
                                   {"the output", out.rows(), out.cols()});
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) out(r, k) = m.code(r, k);
}
/// The same as a new matrix, which is allocated.
template <packable_or_any E>
[[nodiscard]] matrix<code_t> unpack(packed_view<E> m) {
  matrix<code_t> codes(m.rows(), m.depth());
  unpack(m, codes.view());
  return codes;
}
template <packable_or_any E>
[[nodiscard]] matrix<code_t> unpack(const packed_matrix<E>& m) {
  return unpack(m.view());
}

/// The floats that the codes of m stand for, as decode() computes them. Allocates the result.
template <packable_or_any E>
[[nodiscard]] matrix<float> dequantize(const quantized_matrix<E>& m) {
  matrix<float> out(m.rows(), m.depth());
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) out(r, k) = m.real(r, k);
  return out;
}

/// The integers that the codes of m stand for. Allocates the result.
template <plane_code E>
[[nodiscard]] matrix<std::int32_t> values(packed_view<E> m) {
  matrix<std::int32_t> out(m.rows(), m.depth());
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) out(r, k) = value<E>(m.code(r, k));
  return out;
}
template <plane_code E>
[[nodiscard]] matrix<std::int32_t> values(const packed_matrix<E>& m) {
  return values(m.view());
}

/// The same codes with another segmentation of depth, as grouped products need it. Allocates the result.
template <packable E>
[[nodiscard]] packed_matrix<E> repack(packed_view<E> m, index_t segment) {
  return pack<E>(unpack(m).view(), segment);
}
[[nodiscard]] inline packed_matrix<any_encoding> repack(const packed_view<any_encoding>& m,
                                                        index_t segment) {
  packed_matrix<any_encoding> out(m.format(), m.rows(), m.depth(), segment);
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) out.set_code(r, k, m.code(r, k));
  return out;
}
template <packable E>
[[nodiscard]] packed_matrix<E> repack(const packed_matrix<E>& m, index_t segment) {
  return repack(m.view(), segment);
}

LOWBIT_END

#endif
