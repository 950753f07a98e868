#include "dataset.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#ifndef EXAMPLES_DATA_DIR  // CMakeLists.txt sets it to the folder beside this file
#define EXAMPLES_DATA_DIR "data"
#endif

namespace {

/// A file read through zlib, compressed or not, that knows where it is.
class gz_file {
 public:
  explicit gz_file(const std::string& name) : name_(name), file_(gzopen(name.c_str(), "rb")) {
    if (!file_) throw std::runtime_error(name + ": cannot open: " + std::strerror(errno));
  }

  [[noreturn]] void fail(std::size_t offset, const std::string& expected,
                         const std::string& found) const {
    throw std::runtime_error(name_ + ": offset " + std::to_string(offset) + ": expected " +
                             expected + ", found " + found);
  }

  /// Exactly n bytes, or an error that says what they were meant to be. Memory grows with what is there, not
  /// with what the file claims.
  std::vector<std::uint8_t> read(std::size_t n, const std::string& what) {
    constexpr std::size_t piece = 1 << 24;
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < n) {
      const std::size_t had = bytes.size(), wanted = std::min(piece, n - had);
      bytes.resize(had + wanted);
      const std::size_t got = read_some(bytes.data() + had, wanted);
      if (got < wanted)
        fail(offset_, what + " (" + std::to_string(n) + " bytes)",
             "the end after " + std::to_string(had + got) + " bytes" + stream_error());
    }
    return bytes;
  }

  /// All bytes that are left.
  std::string read_all() {
    std::string text;
    std::array<char, 4096> block;
    while (const std::size_t got = read_some(block.data(), block.size()))
      text.append(block.data(), got);
    if (!stream_error().empty()) fail(offset_, "more data", "the end" + stream_error());
    return text;
  }

  std::uint32_t read_big_endian(const std::string& what) {
    const auto b = read(4, what);
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  }

  /// A header field that must have one value.
  void expect(std::uint32_t wanted, const std::string& what) {
    const std::size_t at = offset_;
    const std::uint32_t found = read_big_endian(what);
    if (found != wanted) fail(at, what + " " + std::to_string(wanted), std::to_string(found));
  }

  /// A header field that may have any value but 0.
  std::uint32_t count(const std::string& what) {
    const std::size_t at = offset_;
    const std::uint32_t found = read_big_endian(what);
    if (found == 0) fail(at, what + " at least 1", "0");
    return found;
  }

  void expect_end() {
    std::uint8_t extra;
    if (read_some(&extra, 1) != 0) fail(offset_ - 1, "the end of the file", "more bytes");
    if (!stream_error().empty()) fail(offset_, "the end of the file", "bad data" + stream_error());
  }

 private:
  std::size_t read_some(void* to, std::size_t n) {
    std::size_t got = 0;
    while (got < n) {  // gzread counts in unsigned int
      const auto chunk = static_cast<unsigned>(n - got < (1u << 30) ? n - got : (1u << 30));
      const int r = gzread(file_.get(), static_cast<char*>(to) + got, chunk);
      if (r <= 0) break;
      got += static_cast<std::size_t>(r);
    }
    offset_ += got;
    return got;
  }

  /// What zlib complains about, such as a cut file; empty at an ordinary end.
  std::string stream_error() const {
    int code = Z_OK;
    const char* const text = gzerror(file_.get(), &code);
    return code == Z_OK || code == Z_STREAM_END ? "" : std::string(" (") + text + ")";
  }

  struct closer {
    void operator()(gzFile f) const { gzclose(f); }
  };
  std::string name_;
  std::unique_ptr<gzFile_s, closer> file_;
  std::size_t offset_ = 0;
};

constexpr std::uint32_t magic_images = 2051;  // unsigned bytes, three dimensions
constexpr std::uint32_t magic_labels = 2049;  // unsigned bytes, one dimension

/// Any number of images of 28 x 28 bytes, and as many labels.
samples load_idx(const std::string& prefix) {
  samples s;
  s.width = s.height = 28;
  gz_file images(prefix + "-images-idx3-ubyte.gz");
  images.expect(magic_images, "the magic number of IDX images,");
  const std::uint32_t count = images.count("the number of images,");
  images.expect(28, "the image height,");
  images.expect(28, "the image width,");
  s.pixels = images.read(std::size_t{count} * 28 * 28, "the pixels");
  images.expect_end();

  gz_file labels(prefix + "-labels-idx1-ubyte.gz");
  labels.expect(magic_labels, "the magic number of IDX labels,");
  labels.expect(count, "the number of labels, one per image:");
  s.labels = labels.read(count, "the labels");
  labels.expect_end();
  for (std::size_t i = 0; i < s.labels.size(); ++i)
    if (s.labels[i] > 9) labels.fail(8 + i, "a label from 0 to 9", std::to_string(s.labels[i]));
  return s;
}

/// Reads one number from 0 to `largest` that ends in `separator`; moves `at` behind it.
std::uint8_t parse_number(const gz_file& file, const std::string& text, std::size_t& at,
                          unsigned largest, char separator) {
  const std::string expected = "a number from 0 to " + std::to_string(largest) +
                               (separator == ',' ? " and a comma" : " and the end of the line");
  const std::size_t start = at;
  unsigned number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && number <= largest)
    number = 10 * number + static_cast<unsigned>(text[at++] - '0');
  if (at == start || number > largest || at == text.size() || text[at] != separator)
    file.fail(start, expected,
              at == text.size() ? "the end" : std::string("'") + text.substr(start, 8) + "'");
  ++at;
  return static_cast<std::uint8_t>(number);
}

}  // namespace

dataset load_fashion_mnist(const std::string& directory) {
  return {"fashion-mnist",
          {"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
           "ankle boot"},
          load_idx(directory + "/train"),
          load_idx(directory + "/t10k")};
}

dataset load_digits() {
  constexpr std::size_t count = 1797, trained = 1437, size = 64;
  gz_file file(EXAMPLES_DATA_DIR "/digits.csv.gz");
  const std::string text = file.read_all();

  dataset d{"digits", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, {}, {}};
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    samples& s = i < trained ? d.train : d.test;
    s.width = s.height = 8;
    for (std::size_t p = 0; p < size; ++p)  // 0 ... 16 becomes 0 ... 255
      s.pixels.push_back(
          static_cast<std::uint8_t>(parse_number(file, text, at, 16, ',') * 255 / 16));
    s.labels.push_back(parse_number(file, text, at, 9, '\n'));
  }
  if (at != text.size()) file.fail(at, "the end after 1797 lines", "more text");
  return d;
}

dataset load_data(const std::string& directory, bool digits_will_do) {
  const std::string debian = "/usr/share/datasets/fashion-mnist";
  if (directory == "digits" && digits_will_do) return load_digits();
  if (!directory.empty() || !digits_will_do ||
      std::filesystem::exists(debian + "/train-images-idx3-ubyte.gz"))
    return load_fashion_mnist(directory.empty() ? debian : directory);
  std::printf(
      "No Fashion-MNIST in %s (Debian: apt-get install dataset-fashion-mnist).\n"
      "Using the 1,797 small digits that ship with this example instead.\n",
      debian.c_str());
  return load_digits();
}

samples first_of(samples s, lowbit::index_t n) {
  if (n < s.size()) {
    s.pixels.resize(static_cast<std::size_t>(n * s.width * s.height));
    s.labels.resize(static_cast<std::size_t>(n));
  }
  return s;
}
