#include "weights.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <lowbit/io/file.hpp>
#include <stdexcept>
#include <vector>

namespace {

/// What stands behind a key of the header, a Python dictionary such as
/// {'descr': '<f4', 'fortran_order': False, 'shape': (128, 128), }
std::string value_of(const std::string& header, const std::string& key, const std::string& file) {
  const std::size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) throw std::runtime_error(file + ": its header has no '" + key + "'");
  const std::size_t from = header.find_first_not_of(' ', at + key.size() + 3);
  if (from == std::string::npos)
    throw std::runtime_error(file + ": its header ends at '" + key + "'");
  const std::size_t to = header[from] == '(' ? header.find(')', from) : header.find(',', from);
  return header.substr(from, to == std::string::npos ? to : to - from);
}

/// The numbers in "(128, 128".
std::vector<lowbit::index_t> numbers_in(const std::string& shape, const std::string& file) {
  std::vector<lowbit::index_t> floats;
  const char* const end = shape.data() + shape.size();
  for (const char* at = shape.data(); at != end;) {
    lowbit::index_t number = 0;
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error == std::errc::result_out_of_range || number < 0)
      throw std::runtime_error(file + ": shape " + shape + ") is not possible");
    if (error == std::errc{}) floats.push_back(number);
    at = error == std::errc{} ? behind : at + 1;
  }
  return floats;
}

/// A number of the file, whose bytes are in the order of x86 and ARM.
template <class Number>
Number number_at(const char* bytes) {
  static_assert(std::endian::native == std::endian::little, "a big-endian machine would swap here");
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

}  // namespace

lowbit::matrix<float> load_npy(const std::string& file) {
  const lowbit::file_bytes read = lowbit::read_file(file.c_str());
  if (read.problem() != nullptr) throw std::runtime_error(file + ": " + read.problem());
  const std::string bytes(reinterpret_cast<const char*>(read.data()), read.size());
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0)
    throw std::runtime_error(file + ": not a .npy file");
  const bool first_format = bytes[6] == 1;
  const std::size_t begin = first_format ? 10 : 12;
  const std::size_t length = first_format ? number_at<std::uint16_t>(bytes.data() + 8)
                                          : number_at<std::uint32_t>(bytes.data() + 8);
  if (length > bytes.size() - begin) throw std::runtime_error(file + ": ends within its header");
  const std::string header = bytes.substr(begin, length);

  const std::string type = value_of(header, "descr", file);
  if (type != "'<f4'" && type != "'<f8'")
    throw std::runtime_error(file + ": holds " + type + ", expected '<f4' or '<f8'");
  if (value_of(header, "fortran_order", file) != "False")
    throw std::runtime_error(file + ": is in Fortran's order, save np.ascontiguousarray of it");
  const std::string shape = value_of(header, "shape", file);
  const auto sizes = numbers_in(shape, file);
  if (sizes.empty()) throw std::runtime_error(file + ": is a single number, not a matrix");
  lowbit::index_t cols = 1;
  for (std::size_t i = 1; i < sizes.size(); ++i)
    if (__builtin_mul_overflow(cols, sizes[i], &cols))
      throw std::runtime_error(file + ": shape " + shape + ") is too large");

  lowbit::index_t size = 0;
  const bool is_float = type == "'<f4'";
  const std::size_t width = is_float ? 4 : 8;
  if (__builtin_mul_overflow(sizes[0], cols, &size) ||
      static_cast<std::size_t>(size) != (bytes.size() - begin - length) / width)
    throw std::runtime_error(file + ": shape " + shape + ") does not fit its " +
                             std::to_string(bytes.size() - begin - length) + " bytes of data");
  lowbit::matrix<float> w(sizes[0], cols);
  const char* const data = bytes.data() + begin + length;
  for (lowbit::index_t i = 0; i < size; ++i)
    w.data()[i] = is_float ? number_at<float>(data + 4 * i)
                           : static_cast<float>(number_at<double>(data + 8 * i));
  return w;
}
