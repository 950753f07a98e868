// lowbit/io/reader.hpp – the bytes of io/container.hpp as a network's fields, each of them checked.
//
// The first error is stored with its place. After it every field reads as empty, and nothing is allocated. Sizes are
// compared with the remaining bytes *before* memory is allocated. For a file of n bytes the reader never holds more
// than about n bytes.
#ifndef LOWBIT_IO_READER_HPP
#define LOWBIT_IO_READER_HPP

#include <bit>
#include <utility>
#include <vector>

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/epilogue/code_boundaries.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/io/container.hpp"
#include "lowbit/io/crc32.hpp"
#include "lowbit/io/formats.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::io {

/// Reads fields from a file that is checked as far as its header can be.
class reader {
 public:
  explicit reader(std::span<const std::byte> file) : file_(file) { read_header(); }

  /// Null, or what is wrong, and where.
  [[nodiscard]] const char* problem() const noexcept { return problem_.text(); }
  [[nodiscard]] std::size_t place() const noexcept { return place_; }
  /// Notes what is wrong here, unless something was before.
  void refuse(const reason& why) noexcept {
    if (!problem_) problem_ = why;
  }
  void require_end() noexcept {
    if (place_ != file_.size()) refuse("there are bytes behind the last layer");
  }

  void record(const char* name) {
    const std::size_t length = std::strlen(name) < name_bytes ? std::strlen(name) : name_bytes;
    const std::byte* const text = take(name_bytes);
    if (text == nullptr) return;
    bool same = std::memcmp(text, name, length) == 0;
    for (std::size_t i = length; i < name_bytes; ++i) same = same && text[i] == std::byte{0};
    if (!same) refuse("another layer, encoding or padding than the network's type has here");
  }
  void constant(const char* name, index_t expected) {
    record(name);
    index_t n = expected;
    (*this)(n);
    if (n != expected)
      refuse("another encoding, padding or number of layers than the network's type has here");
  }
  /// A machine of 32-bit sizes refuses what does not fit them.
  void operator()(index_t& n) {
    const std::byte* const from = take(8);
    if (from == nullptr) return;
    const auto whole = static_cast<std::int64_t>(take_little(from, 8));
    if (!std::in_range<index_t>(whole))
      return refuse("a number that no size of this machine holds");
    n = static_cast<index_t>(whole);
  }
  void operator()(window& w) {
    for (window_axis* const a : {&w.vertical, &w.horizontal})
      for (index_t* const n : {&a->size, &a->stride, &a->dilation, &a->before, &a->after})
        (*this)(*n);
  }
  /// A count of elements of so many bytes, all of which are still there; else 0.
  [[nodiscard]] index_t count(index_t bytes) {
    index_t n = 0;
    (*this)(n);
    if (n < 0 || n > static_cast<index_t>(file_.size() - place_) / bytes) {
      refuse("more elements than the file has");
      return 0;
    }
    return problem_ ? 0 : n;
  }
  /// The next 4 bytes as a float, or the next 8; 0 where there are no more.
  [[nodiscard]] float number() noexcept {
    const std::byte* const from = take(4);
    return from == nullptr ? 0.0f
                           : std::bit_cast<float>(static_cast<std::uint32_t>(take_little(from, 4)));
  }
  [[nodiscard]] word next_word() noexcept {
    const std::byte* const from = take(8);
    return from == nullptr ? 0 : take_little(from, 8);
  }
  /// The next `size` bytes as a number; 0 where there are no more.
  [[nodiscard]] std::uint64_t unsigned_number(std::size_t size) noexcept {
    const std::byte* const from = take(size);
    return from == nullptr ? 0 : take_little(from, size);
  }
  /// The next n bytes, or none.
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t n) noexcept {
    const std::byte* const from = take(n);
    return {from, from == nullptr ? 0 : n};
  }
  /// How many bytes are left.
  [[nodiscard]] std::size_t left() const noexcept { return file_.size() - place_; }
  void operator()(std::vector<float>& floats) {
    const index_t n = count(4);
    floats.resize(static_cast<std::size_t>(n));
    for (float& x : floats) x = number();
  }
  void operator()(image_tensor<float>& images) {
    const tensor_shape s = shape();
    if (!fits(s.pixels(), s.channels, 4)) return refuse_size();
    images = image_tensor<float>(s);
    for (index_t i = 0; i < s.elements(); ++i) images.mutable_pixels().data()[i] = number();
  }
  void operator()(float& x) { x = number(); }
  void operator()(bool& yes) {
    index_t n = 0;
    (*this)(n);
    if (n != 0 && n != 1) refuse("neither 0 nor 1 where it must be one of these");
    yes = n == 1;
  }
  void operator()(code_format& f) {
    index_t kind = 0, planes = 0, numbers[9];
    (*this)(kind);
    (*this)(planes);
    for (index_t& n : numbers) (*this)(n);
    std::uint64_t codes[4];
    for (std::uint64_t& w : codes) w = next_word();
    if (problem_) return;
    if (!make_format(kind, planes, numbers, codes, f))
      refuse("a format of codes that makes no sense");
  }
  void operator()(code_boundaries& b) {
    const index_t n = count(4);
    if (n > code_boundaries::most) return refuse("more boundaries than codes of 8 bits have");
    std::vector<float> from(static_cast<std::size_t>(n));
    std::vector<code_t> codes(static_cast<std::size_t>(n) + 2);
    for (float& x : from) x = number();
    const std::byte* const bytes = take(codes.size());
    if (bytes == nullptr) return;
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<code_t>(bytes[i]);
    b = code_boundaries(from, std::span(codes).first(codes.size() - 1), codes.back());
    for (index_t i = 0; i < n; ++i)
      if (bits_of(b.boundary(i)) != bits_of(from[static_cast<std::size_t>(i)]))
        refuse("a boundary that is NaN or -0");
  }
  void operator()(std::vector<code_boundaries>& lists) {
    const index_t n = count(10);  // no list has fewer bytes
    for (index_t i = 0; i < n && !problem_; ++i) (*this)(lists.emplace_back());
  }
  /// Codes of the format that stands in front of them.
  void operator()(packed_tensor<any_encoding>& codes, const code_format& format) {
    if (problem_) return;
    if (format.plane_count < 1) return refuse("codes without a format");
    const tensor_shape s = shape();
    if (!fits(s.pixels(), ceil_div(s.channels, word_bits), 8 * format.plane_count))
      return refuse_size();
    codes = packed_tensor<any_encoding>(format, s);
    read_words(codes.mutable_pixels());
  }
  template <class E>
  void operator()(packed_tensor<E>& codes) {
    const tensor_shape s = shape();
    const index_t plane = ceil_div(s.channels, word_bits);
    if (!fits(s.pixels(), plane, 8 * E::plane_count)) return refuse_size();
    codes = packed_tensor<E>(s);
    read_words(codes.mutable_pixels());
  }
  void operator()(thresholds& t) {
    const index_t n = count(4);
    t = thresholds(n);
    const std::byte* const bounds = n > 0 ? take(4 * static_cast<std::size_t>(n)) : nullptr;
    if (bounds == nullptr) return;
    for (index_t first = 0; first < n; first += word_bits) {
      const index_t together = n - first < word_bits ? n - first : word_bits;
      const word flips = next_word();
      if (together < word_bits && flips >> together != 0) refuse("unused bits are not zero");
      for (index_t i = 0; i < together; ++i)
        t.set(first + i,
              static_cast<std::int32_t>(
                  static_cast<std::uint32_t>(take_little(bounds + 4 * (first + i), 4))),
              (flips >> i & 1) != 0);
    }
  }
  void operator()(batch_norm& bn) {
    const index_t n = count(12);
    std::vector<float> part[3];
    for (auto& floats : part) {
      floats.resize(static_cast<std::size_t>(n));
      for (float& x : floats) {
        x = number();
        if (!is_finite(x)) refuse("a number of a batch norm is not finite");
      }
    }
    if (problem_) return;
    const std::vector<float> one(static_cast<std::size_t>(n), 1.0f);
    bn = batch_norm(part[1], part[2], part[0], one, 0);  // scale / sqrt(1 + 0), exactly
  }

 private:
  void read_header() {
    const std::byte* const h = file_.data();
    const std::size_t there = file_.size() < header_bytes ? file_.size() : header_bytes;
    if (there == 0) return refuse("the file is empty");
    if (std::memcmp(h, signature, there < 4 ? there : 4) != 0) return refuse("no lowbit network");
    if (std::memcmp(h, signature, there < sizeof signature ? there : sizeof signature) != 0)
      return refuse("the signature is damaged, as by a transfer that changes line ends");
    if (there < header_bytes) return refuse("cut off within the header");
    const bool sound = take_little(h + 28, 4) == crc32(file_.first(28));
    // Asked before the checksum, which another version may have elsewhere.
    if (take_little(h + 8, 2) != version)
      return refuse(sound ? "a version of the format that this library cannot read"
                          : "a version that this library does not know, or a damaged header");
    if (!sound) return refuse("the header's checksum is wrong");
    if (take_little(h + 10, 1) != 0) return refuse("another bit order");
    if (take_little(h + 11, 1) != word_bits) return refuse("another word size");
    if (take_little(h + 12, 4) != 0) return refuse("unused bits are not zero");
    const std::uint64_t body = file_.size() - header_bytes;
    if (take_little(h + 16, 8) > body) return refuse("cut off: shorter than its header says");
    if (take_little(h + 16, 8) < body) return refuse("longer than its header says");
    if (take_little(h + 24, 4) != crc32(file_.subspan(header_bytes)))
      return refuse("the checksum of the body is wrong: a byte of it has changed");
    place_ = header_bytes;
  }

  void refuse_size() noexcept { refuse("a tensor that is empty or larger than the file"); }
  /// The next n bytes, or null.
  [[nodiscard]] const std::byte* take(std::size_t n) noexcept {
    if (!problem_ && n > file_.size() - place_) refuse("the file ends too early");
    if (problem_) return nullptr;
    const std::byte* const from = file_.data() + place_;
    place_ += n;
    return from;
  }
  /// A shape without an empty axis whose pixels can be counted; else an empty one.
  [[nodiscard]] tensor_shape shape() {
    tensor_shape s;
    for (index_t* const n : {&s.batch, &s.height, &s.width, &s.channels}) {
      (*this)(*n);
      if (*n < 1 || std::int64_t{*n} > largest_axis) refuse_size();
    }
    if (problem_) return {};
    const auto size = static_cast<index_t>(file_.size());
    if (s.batch > size || s.height > size / s.batch || s.width > size / (s.batch * s.height))
      refuse_size();
    else if (s.channels > (std::numeric_limits<index_t>::max)() / s.pixels())
      refuse("a tensor of more elements than this machine can count");
    return problem_ ? tensor_shape{} : s;
  }
  /// rows x cols elements of so many bytes are still there, and there is one.
  [[nodiscard]] bool fits(index_t rows, index_t cols, index_t bytes) const noexcept {
    return !problem_ && rows > 0 && cols > 0 &&
           cols <= static_cast<index_t>(file_.size() - place_) / bytes / rows;
  }
  /// The words of all rows, which must be codes of their format.
  template <class E>
  void read_words(packed_matrix<E>& m) noexcept {
    for (index_t r = 0; r < m.rows(); ++r)
      for (index_t w = 0; w < m.row_stride(); ++w) m.mutable_row(r)[w] = next_word();
    const index_t tail = m.depth() % word_bits;
    const bool gaps = has_gaps(m.format());
    for (index_t r = 0; r < m.rows(); ++r) {
      for (int p = 0; p < m.plane_count() && tail != 0; ++p)
        if (m.view().plane_row(r, p)[m.plane_stride() - 1] >> tail != 0)
          refuse("unused bits are not zero");
      for (index_t k = 0; k < m.depth() && gaps; ++k)
        if (!m.format().is_code(m.code(r, k))) refuse("a pattern that is no code of its encoding");
    }
  }

  std::span<const std::byte> file_;
  std::size_t place_ = 0;
  reason problem_;
};

}  // namespace detail::io
LOWBIT_END

#endif
