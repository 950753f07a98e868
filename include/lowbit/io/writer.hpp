// lowbit/io/writer.hpp – a network's fields as the bytes of io/container.hpp.
#ifndef LOWBIT_IO_WRITER_HPP
#define LOWBIT_IO_WRITER_HPP

#include <bit>
#include <vector>

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/epilogue/code_boundaries.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/io/container.hpp"
#include "lowbit/io/crc32.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::io {

/// Appends fields to a file whose header complete() fills in.
class writer {
 public:
  writer() : bytes_(header_bytes) {}

  void record(const char* name) {
    std::byte text[name_bytes] = {};
    std::memcpy(text, name, std::strlen(name) < name_bytes ? std::strlen(name) : name_bytes);
    bytes_.insert(bytes_.end(), text, text + name_bytes);
  }
  void constant(const char* name, index_t n) {
    record(name);
    (*this)(n);
  }
  void operator()(index_t n) { put(static_cast<std::uint64_t>(n), 8); }
  void number(float x) { put(x); }
  void next_word(word w) { put(w, 8); }
  void unsigned_number(std::uint64_t n, std::size_t size) { put(n, size); }
  void bytes(std::span<const std::byte> some) {
    bytes_.insert(bytes_.end(), some.begin(), some.end());
  }
  void operator()(const window& w) {
    for (const window_axis& a : {w.vertical, w.horizontal})
      for (const index_t n : {a.size, a.stride, a.dilation, a.before, a.after}) (*this)(n);
  }
  void operator()(const std::vector<float>& floats) {
    (*this)(static_cast<index_t>(floats.size()));
    for (const float x : floats) put(x);
  }
  void operator()(const image_tensor<float>& images) {
    put(images.shape());
    for (index_t i = 0; i < images.shape().elements(); ++i) put(images.pixels().data()[i]);
  }
  void operator()(float x) { put(x); }
  void operator()(bool yes) { put(yes ? 1 : 0, 8); }
  void operator()(const code_format& f) {
    put(static_cast<std::uint64_t>(f.kind), 8);
    put(static_cast<std::uint64_t>(f.plane_count), 8);
    (*this)(index_t{f.offset});
    for (const int w : f.weight) (*this)(index_t{w});
    for (const std::uint64_t w : f.codes) put(w, 8);
  }
  void operator()(const code_boundaries& b) {
    (*this)(b.size());
    for (index_t i = 0; i < b.size(); ++i) put(b.boundary(i));
    for (index_t i = 0; i <= b.size(); ++i) put(b.code(i), 1);
    put(b.nan_code(), 1);
  }
  void operator()(const std::vector<code_boundaries>& lists) {
    (*this)(static_cast<index_t>(lists.size()));
    for (const code_boundaries& each : lists) (*this)(each);
  }
  /// Codes whose format stands in front of them.
  void operator()(const packed_tensor<any_encoding>& codes, const code_format&) { (*this)(codes); }
  template <class E>
  void operator()(const packed_tensor<E>& codes) {
    put(codes.shape());
    for (const word w : codes.pixels().words()) put(w, 8);
  }
  void operator()(const thresholds& t) {
    (*this)(t.size());
    for (index_t c = 0; c < t.size(); ++c) put(static_cast<std::uint32_t>(t.bound(c)), 4);
    for (index_t w = 0; w < ceil_div(t.size(), word_bits); ++w) put(t.flips()[w], 8);
  }
  void operator()(const batch_norm& bn) {
    (*this)(bn.size());
    for (index_t c = 0; c < bn.size(); ++c) put(bn.mean(c));
    for (index_t c = 0; c < bn.size(); ++c) put(bn.scale(c));
    for (index_t c = 0; c < bn.size(); ++c) put(bn.beta(c));
  }

  /// The file.
  [[nodiscard]] std::vector<std::byte> complete() {
    std::memcpy(bytes_.data(), signature, sizeof signature);
    put_little(&bytes_[8], version, 2);
    put_little(&bytes_[11], word_bits, 1);
    put_little(&bytes_[16], bytes_.size() - header_bytes, 8);
    const std::span<const std::byte> all = bytes_;
    put_little(&bytes_[24], crc32(all.subspan(header_bytes)), 4);
    put_little(&bytes_[28], crc32(all.first(28)), 4);
    return static_cast<std::vector<std::byte>&&>(bytes_);
  }

 private:
  void put(std::uint64_t n, std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    put_little(bytes_.data() + bytes_.size() - count, n, count);
  }
  void put(float x) { put(std::bit_cast<std::uint32_t>(x), 4); }
  void put(tensor_shape s) {
    for (const index_t n : {s.batch, s.height, s.width, s.channels}) (*this)(n);
  }
  std::vector<std::byte> bytes_;
};

}  // namespace detail::io
LOWBIT_END

#endif
