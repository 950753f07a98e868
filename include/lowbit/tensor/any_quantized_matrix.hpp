// lowbit/tensor/any_quantized_matrix.hpp – a quantized matrix whose format is a value.
//
//     quantized_matrix<any_encoding> w = quantize(twn<>{}, weights);             from a typed one
//     quantized_matrix<any_encoding> w(codes, per::row, numbers);                from parts
//     auto y = matmul(x, w);                                                     product/matmul.hpp
//
// It is quantized_matrix with any_encoding in the place of an encoding (encoding/format.hpp). Its levels are plain
// floats, one set per granule as in levels_of<E> (encoding/levels.hpp). A set is scale and offset of codes that stand
// for integers, a coefficient per plane, or an entry per code. So a program that learns its encodings when it runs has
// one product.
#ifndef LOWBIT_TENSOR_ANY_QUANTIZED_MATRIX_HPP
#define LOWBIT_TENSOR_ANY_QUANTIZED_MATRIX_HPP

#include "lowbit/tensor/quantized_matrix.hpp"

namespace lowbit {

/// Codes of a format that is a value, granularity, levels.
template <>
class quantized_matrix<any_encoding> {
 public:
  using encoding = any_encoding;

  LOWBIT_INLINE quantized_matrix() noexcept {}
  /// Floats of `numbers`: a set per granule, in the order of the typed matrix. Errors: another number of floats; codes
  /// whose segments are not the groups; a group size below 1.
  LOWBIT_INLINE quantized_matrix(packed_matrix<any_encoding> codes, granularity grain,
                                 buffer<float> numbers)
      : codes_(static_cast<packed_matrix<any_encoding>&&>(codes)),
        grain_(detail::tensor::checked_grain(grain, codes_.layout())),
        numbers_(static_cast<buffer<float>&&>(numbers)) {
    const index_t sets = (grain.shares_rows() ? 1 : codes_.rows()) * groups();
    detail::tensor::require_levels(numbers_.size(), sets * level_floats(codes_.format()),
                                   codes_.rows(), codes_.depth());
    for (index_t i = 1; codes_.format().kind == code_kind::integers && i < numbers_.size(); i += 2)
      if (numbers_[i] != 0) has_offsets_ = true;
    largest_level_ = detail::encoding::largest_magnitude(floats(), numbers_.size());
  }
  /// The same codes and levels. Copies them.
  template <packable E>
  LOWBIT_INLINE quantized_matrix(const quantized_matrix<E>& m)
      : quantized_matrix(packed_matrix<E>(m.codes()), m.grain(), floats_in(m)) {}

  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return codes_.rows(); }
  [[nodiscard]] LOWBIT_INLINE index_t depth() const noexcept { return codes_.depth(); }
  [[nodiscard]] LOWBIT_INLINE const packed_matrix<any_encoding>& codes() const noexcept {
    return codes_;
  }
  [[nodiscard]] LOWBIT_INLINE granularity grain() const noexcept { return grain_; }
  /// Groups along depth: 1 unless per::group or per::pixel.
  [[nodiscard]] LOWBIT_INLINE index_t groups() const noexcept {
    return detail::tensor::groups_of(grain_, codes_.depth());
  }
  /// The group that element k belongs to.
  [[nodiscard]] LOWBIT_INLINE index_t group_of(index_t k) const noexcept {
    return grain_->grouped() ? k / grain_->group_size : 0;
  }
  /// The floats of one granule.
  [[nodiscard]] LOWBIT_INLINE const float* levels(index_t row, index_t group = 0) const noexcept {
    return numbers_.data() +
           ((grain_->shares_rows() ? 0 : row * groups()) + group) * level_floats(codes_.format());
  }
  /// Scale and offset of codes that stand for integers.
  [[nodiscard]] LOWBIT_INLINE float scale(index_t row, index_t group = 0) const noexcept {
    return levels(row, group)[0];
  }
  [[nodiscard]] LOWBIT_INLINE float offset(index_t row, index_t group = 0) const noexcept {
    return codes_.format().kind == code_kind::integers ? levels(row, group)[1] : 0;
  }
  /// The floats of all levels, granule after granule.
  [[nodiscard]] LOWBIT_INLINE const std::byte* floats() const noexcept {
    return reinterpret_cast<const std::byte*>(numbers_.data());
  }
  /// The largest magnitude of these floats; NaN if one is.
  [[nodiscard]] LOWBIT_INLINE float largest_level() const noexcept { return largest_level_; }
  /// True if any offset is not 0.
  [[nodiscard]] LOWBIT_INLINE bool has_offsets() const noexcept { return has_offsets_; }
  /// The float that element k of a row stands for, as decode() computes it.
  [[nodiscard]] LOWBIT_INLINE float real(index_t row, index_t k) const noexcept {
    return float_of(codes_.format(), levels(row, group_of(k)), codes_.code(row, k));
  }
  /// Bytes of codes and levels.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept {
    return codes_.bytes() + numbers_.size() * index_t{sizeof(float)};
  }

 private:
  template <class E>
  [[nodiscard]] LOWBIT_INLINE static buffer<float> floats_in(const quantized_matrix<E>& m) {
    const index_t rows = m.grain().shares_rows() ? 1 : m.rows(),
                  size = level_floats(format_of<E>());
    buffer<float> all(rows * m.groups() * size);
    for (index_t i = 0; i < rows * m.groups(); ++i)
      std::memcpy(all.data() + i * size, &m.levels(i / m.groups(), i % m.groups()),
                  sizeof(levels_of<E>));
    return all;
  }

  packed_matrix<any_encoding> codes_;
  reset_when_moved<granularity> grain_;
  buffer<float> numbers_;
  reset_when_moved<bool> has_offsets_;
  reset_when_moved<float> largest_level_;
};

}  // namespace lowbit

#endif
