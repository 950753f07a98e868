// lowbit/tensor/row_coded.hpp – a matrix of codes of a few bits, where every row has levels of its own.
//
//     planes M       M bits of a weight and M floats of a row     network sketching, ABC-Net, LQ-Nets
//     ternary        2 bits and one float                         TWN, two-step quantization, variational quantization
//     three_of_four  1.25 bits and one float                      Sherry
//
// kernel/compressed/row_codes.hpp has the symbols. A filter is a row, and a scale per filter is what trained networks
// want. compress/ makes such matrices. layer::row_coded_linear and layer::row_coded_conv2d multiply floats with them out
// of this form (network/layers/row_coded_layers.hpp). codes() gives planes and ternary codes as packed operands take
// them.
//
// In files: rows, columns (4 bytes each), kind, planes (1 byte each), levels, symbols. No count is stored that follows
// from these.
#ifndef LOWBIT_TENSOR_ROW_CODED_HPP
#define LOWBIT_TENSOR_ROW_CODED_HPP

#include <vector>

#include "lowbit/core/checked.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/kernel/compressed/row_codes.hpp"

LOWBIT_BEGIN

/// What a file holds of such a matrix, and all there is of it.
struct row_coded_matrix {
  index_t rows = 0, cols = 0;
  row_code kind = row_code::ternary;
  int planes = 0;                 ///< 1 ... 8 where the kind is planes, else 0
  std::vector<float> levels;      ///< of each row: a coefficient per plane, or one scale
  std::vector<std::byte> stream;  ///< row_bytes() of each row

  /// Levels of a row.
  [[nodiscard]] index_t row_levels() const noexcept {
    return kind == row_code::planes ? planes : 1;
  }
  /// Symbols of a row, and the bytes that they take.
  [[nodiscard]] index_t row_symbols() const noexcept {
    return ceil_div(cols, detail::kernel::symbol_weights(kind));
  }
  [[nodiscard]] index_t row_bytes() const noexcept {
    return ceil_div(row_symbols() * detail::kernel::symbol_bits(kind, planes), 8);
  }
  /// Memory of levels and symbols.
  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * static_cast<index_t>(levels.size()) + static_cast<index_t>(stream.size());
  }

  /// What is wrong with it, or nothing. Decodes every symbol.
  [[nodiscard]] reason problem() const noexcept {
    constexpr index_t most = index_t{1} << (sizeof(index_t) > 4 ? 31 : 15);
    if (rows < 0 || rows > most || cols < 0 || cols > most)
      return make_reason("a row-coded matrix of %tdx%td: sizes are 0 to %td", rows, cols, most);
    if (kind > row_code::three_of_four) return make_reason("codes of a kind that does not exist");
    if (kind == row_code::planes ? planes < 1 || planes > 8 : planes != 0)
      return make_reason("%d planes: there are 1 to 8, and 0 of other codes", planes);
    if (static_cast<std::uint64_t>(levels.size()) !=
        static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(row_levels()))
      return make_reason("%zu levels for %td rows: %td each", levels.size(), rows, row_levels());
    if (static_cast<std::uint64_t>(stream.size()) !=
        static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(row_bytes()))
      return make_reason("%zu bytes of symbols for %td rows: %td each", stream.size(), rows,
                         row_bytes());
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (!is_finite(levels[i]))
        return make_reason("level %zu is %g", i, static_cast<double>(levels[i]));
    for (index_t r = 0; r < rows; ++r)
      if (!is_row(r))
        return make_reason("row %td has a symbol or unused bits that mean nothing", r);
    return {};
  }

  /// The symbols of row r.
  [[nodiscard]] std::span<const std::byte> row_stream(index_t r) const noexcept {
    const auto n = static_cast<std::size_t>(row_bytes());
    return {stream.data() + static_cast<std::size_t>(r) * n, n};
  }
  /// Gives the floats of row r in order. The matrix must outlive it.
  [[nodiscard]] detail::kernel::row_code_decoder decoder(index_t r) const noexcept {
    return {kind, planes, row_stream(r), levels.data() + r * row_levels()};
  }
  /// All elements. Allocates rows * cols floats. Errors: problem().
  [[nodiscard]] matrix<float> decoded() const {
    detail::core::fail_if(problem(), "row_coded_matrix");
    matrix<float> out(rows, cols);
    for (index_t r = 0; r < rows; ++r)
      static_cast<void>(decoder(r).take(out.data() + r * cols, cols));
    return out;
  }
  /// A code per element: of planes<M>, bit p of plane p; else of `ternary`. pack() takes them. Errors: problem().
  [[nodiscard]] matrix<code_t> codes() const {
    detail::core::fail_if(problem(), "row_coded_matrix");
    const index_t weights = detail::kernel::symbol_weights(kind);
    matrix<code_t> out(rows, cols);
    for (index_t r = 0; r < rows; ++r)
      for_each_symbol(r, [&](index_t i, code_t symbol) {
        if (kind != row_code::three_of_four) {
          out(r, i) = symbol;
          return true;
        }
        const auto four = detail::encoding::three_of_four_codes(symbol);
        for (index_t k = 0; k < weights && i * weights + k < cols; ++k)
          out(r, i * weights + k) = four[static_cast<std::size_t>(k)];
        return true;
      });
    return out;
  }

  /// As files hold it.
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    if constexpr (std::is_const_v<Self>) {
      f.unsigned_number(static_cast<std::uint64_t>(self.rows), 4);
      f.unsigned_number(static_cast<std::uint64_t>(self.cols), 4);
      f.unsigned_number(static_cast<std::uint64_t>(self.kind), 1);
      f.unsigned_number(static_cast<std::uint64_t>(self.planes), 1);
      for (const float level : self.levels) f.number(level);
      f.bytes(self.stream);
    } else {
      self.read(f);
    }
  }

 private:
  /// f(number, symbol) for the symbols of a row, while it is true. False: it was not, or the stream ends otherwise.
  template <class F>
  bool for_each_symbol(index_t r, const F& f) const noexcept {
    detail::kernel::fixed_width_decoder from(detail::kernel::symbol_bits(kind, planes),
                                             row_stream(r));
    code_t symbol;
    for (index_t i = 0; i < row_symbols(); ++i)
      if (!from.take(&symbol, 1) || !f(i, symbol)) return false;
    return from.finished();
  }
  /// Codes are valid, places behind the last weight hold what encoders leave there, unused bits are 0.
  [[nodiscard]] bool is_row(index_t r) const noexcept {
    const index_t last = row_symbols() - 1, behind = 4 * row_symbols() - cols;
    return for_each_symbol(r, [&](index_t i, code_t symbol) {
      if (kind == row_code::ternary) return ternary::valid(symbol);
      if (kind == row_code::planes || i < last || behind == 0) return true;
      const int used = 4 - static_cast<int>(behind);  // of 4 places
      return (symbol & 3) == 3 && (used > 1 || (symbol & 4) == 0) &&
             (used > 2 || (symbol & 8) == 0);
    });
  }
  template <class Reader>
  void read(Reader& from) {
    const auto size = [&](std::size_t bytes) {
      const std::uint64_t n = from.unsigned_number(bytes);
      return n <= 0x7fffffffu ? static_cast<index_t>(n) : index_t{-1};
    };
    rows = size(4);
    cols = size(4);
    kind = static_cast<row_code>(from.unsigned_number(1));
    planes = static_cast<int>(from.unsigned_number(1));
    if (from.problem() != nullptr) return;
    if (rows < 0 || cols < 0 || kind > row_code::three_of_four || planes > 8)
      return from.refuse("a row-coded matrix that makes no sense");
    const auto left = static_cast<std::uint64_t>(from.left());
    const auto n = static_cast<std::uint64_t>(rows),
               of_row = static_cast<std::uint64_t>(4 * row_levels() + row_bytes());
    if (of_row > 0 && n > left / of_row) return from.refuse("more rows than the file has");
    levels.resize(static_cast<std::size_t>(rows * row_levels()));
    for (float& level : levels) level = from.number();
    const auto symbols = from.bytes(static_cast<std::size_t>(rows * row_bytes()));
    stream.assign(symbols.begin(), symbols.end());
  }
};

LOWBIT_END

#endif
