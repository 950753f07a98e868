// lowbit/encoding/format.hpp – an encoding as data.
//
// An encoding is a type, and what it says is a few numbers: planes, offset, weights, valid codes. A code_format holds
// these numbers as a value. So code that needs only the numbers is compiled once for all encodings, and an encoding
// may become known when a program runs:
//
//     const code_format& a = format_of<binary>();           from a type
//     packed_tensor<any_encoding> x(format, shape);         a tensor of codes whose format is a value
//     const product_rule rule = multiply(a, x.format());    encoding/product_rule.hpp
//
// any_encoding takes the place of an encoding in packed_matrix, packed_tensor and their views (tensor/). Views of typed
// codes convert to views of any_encoding; view_as<E>() checks the format and converts back.
#ifndef LOWBIT_ENCODING_FORMAT_HPP
#define LOWBIT_ENCODING_FORMAT_HPP

#include <array>

#include "lowbit/core/error.hpp"
#include "lowbit/encoding/integer_bits.hpp"

namespace lowbit {

/// What a code stands for.
enum class code_kind {
  integers,  ///< an integer that is affine in its bits (the concept plane_code)
  planes,    ///< one integer for each plane, each with a coefficient of its own (multi_plane_code)
  indices,   ///< a place in a table of floats (indexed_code)
};

/// The numbers that an encoding states. Codes of planes<M> and codebook<K> are sums of parts. There the numbers from
/// `offset` on are those of one part: of a single plane, or of the 0/1 plane of "the code is c".
struct code_format {
  const char* name = "";  ///< of the encoding
  const char* part_name = "";
  code_kind kind = code_kind::integers;
  int plane_count = 0;
  std::array<std::uint64_t, 4> codes{};  ///< bit c: c is a code
  int offset = 0;
  std::array<int, 8> weight{};    ///< of plane i
  int smallest = 0, largest = 0;  ///< values

  /// True if a tensor of this format may hold this code.
  [[nodiscard]] LOWBIT_INLINE constexpr bool is_code(code_t code) const noexcept {
    return (codes[code / 64] >> code % 64 & 1) != 0;
  }
  /// The integer that a code stands for; of one bit, where codes are sums of parts.
  [[nodiscard]] LOWBIT_INLINE constexpr int value(code_t code) const noexcept {
    int sum = offset;
    for (std::size_t i = 0; i < weight.size(); ++i) sum += weight[i] * (code >> i & 1);
    return sum;
  }
  /// The number of parts whose products make a product of these codes; 1 for integers.
  [[nodiscard]] LOWBIT_INLINE constexpr int part_count() const noexcept {
    return kind == code_kind::integers ? 1
           : kind == code_kind::planes ? plane_count
                                       : 1 << plane_count;
  }
  /// The format of a part, which stands for integers.
  [[nodiscard]] LOWBIT_INLINE constexpr code_format part() const noexcept {
    code_format one = *this;
    if (kind == code_kind::integers) return one;
    one.name = part_name;
    one.kind = code_kind::integers;
    one.plane_count = 1;
    one.codes = {3};
    return one;
  }
  /// True if every plane is a +-1 vector of integer weight: the planes multiply by xor.
  [[nodiscard]] LOWBIT_INLINE constexpr bool centred() const noexcept {
    int sum = 0;
    for (const int w : weight) {
      if (w % 2 != 0) return false;
      sum += w;
    }
    return 2 * offset == -sum;
  }
  /// True if these are the codes of `ternary`.
  [[nodiscard]] LOWBIT_INLINE constexpr bool is_ternary() const noexcept {
    return kind == code_kind::integers && plane_count == 2 && offset == 0 && weight[0] == 1 &&
           weight[1] == -2 && codes[0] == 0b1011;
  }
  /// True if the same codes stand for the same. Names do not count.
  [[nodiscard]] LOWBIT_INLINE friend constexpr bool operator==(const code_format& a,
                                                               const code_format& b) noexcept {
    return a.kind == b.kind && a.plane_count == b.plane_count && a.codes == b.codes &&
           a.offset == b.offset && a.weight == b.weight;
  }
};

/// Stands where an encoding is expected, for codes whose format is a value.
struct any_encoding {};

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::encoding {

/// The numbers of one part of an E.
template <plane_code E>
[[nodiscard]] consteval code_format make_part() noexcept {
  code_format out;
  out.offset = E::offset;
  for (int i = 0; i < E::plane_count; ++i) out.weight[static_cast<std::size_t>(i)] = E::weight(i);
  out.smallest = min_value<E>();
  out.largest = max_value<E>();
  out.part_name = E::name;
  return out;
}

template <packable E>
[[nodiscard]] consteval code_format make_format() noexcept {
  code_format out;
  if constexpr (plane_code<E>) {
    out = make_part<E>();
  } else if constexpr (multi_plane_code<E>) {
    out = make_part<typename E::plane>();
    out.kind = code_kind::planes;
  } else {
    out = make_part<unsigned_bits<1>>();
    out.kind = code_kind::indices;
  }
  out.name = E::name;
  out.plane_count = E::plane_count;
  for (unsigned c = 0; c < 1u << E::plane_count; ++c)
    if (lowbit::is_code<E>(static_cast<code_t>(c))) out.codes[c / 64] |= std::uint64_t{1} << c % 64;
  return out;
}

template <packable E>
inline constexpr code_format format = make_format<E>();

}  // namespace detail::encoding

/// The format of an encoding.
template <packable E>
[[nodiscard]] LOWBIT_INLINE constexpr const code_format& format_of() noexcept {
  return detail::encoding::format<E>;
}

namespace detail::encoding {

/// A format and what has it, as a part of an error text: "the layer reads".
struct named_format {
  const char* owner;
  const code_format& format;
};

/// Rejects two formats that differ: "<operation>: <owner of a> codes of binary with 1 planes, <owner of b> codes of
/// ternary with 2".
inline void require_same_format(const char* who, const named_format& a, const named_format& b) {
  const auto name = [](const code_format& f) { return f.plane_count > 0 ? f.name : "nothing"; };
  if (!(a.format == b.format))
    fail("%s: %s codes of %s with %d planes, %s codes of %s with %d", who, a.owner, name(a.format),
         a.format.plane_count, b.owner, name(b.format), b.format.plane_count);
}

}  // namespace detail::encoding

LOWBIT_END

namespace lowbit {

/// The format of codes of E, for the classes that hold them: nothing is stored if E says it all.
template <class E>
struct format_holder {
  LOWBIT_INLINE constexpr format_holder() noexcept {}
  [[nodiscard]] LOWBIT_INLINE static constexpr const code_format& format() noexcept {
    return format_of<E>();
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr int plane_count() noexcept { return E::plane_count; }
};
template <>
struct format_holder<any_encoding> {
  LOWBIT_INLINE constexpr format_holder() noexcept {}
  LOWBIT_INLINE constexpr format_holder(const code_format& codes) noexcept : format_(codes) {}
  [[nodiscard]] LOWBIT_INLINE constexpr const code_format& format() const noexcept {
    return format_;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr int plane_count() const noexcept {
    return format_.plane_count;
  }

 private:
  code_format format_{};  // braces: no constructor is called, which two units could share
};

}  // namespace lowbit

#endif
