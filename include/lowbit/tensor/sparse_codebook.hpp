// lowbit/tensor/sparse_codebook.hpp – a matrix most of whose elements are 0, in few bytes: gaps, codes and a table.
//
//     element (r, c) = codebook[code] of the entry at this position, or 0 where no entry is
//
// An entry is a gap to the previous entry (kernel/compressed/relative_index.hpp) and a code of a table of floats. Code 0
// stands for 0: fillers have it. Gaps and codes are two lists of symbols (tensor/coded_symbols.hpp), raw or entropy
// coded. Rows are cut into panels of rows_per_panel rows. Within a panel the rows follow each other as one long row, so
// no count per row is stored. A panel decodes alone: threads start anywhere.
//
// Products decode while they multiply (product/sparse_linear.hpp); the matrix is never written out. A matrix is made by
// compress/encode_sparse.hpp, or comes from a file.
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149.
#ifndef LOWBIT_TENSOR_SPARSE_CODEBOOK_HPP
#define LOWBIT_TENSOR_SPARSE_CODEBOOK_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/kernel/compressed/relative_index.hpp"
#include "lowbit/kernel/compressed/sparse_panel.hpp"
#include "lowbit/tensor/coded_symbols.hpp"

LOWBIT_BEGIN

/// What a file holds of a sparse matrix with a codebook.
struct sparse_codebook_parts {
  index_t rows = 0, cols = 0;
  index_t rows_per_panel = 1;
  std::vector<float> codebook{
      0.0f, 0.0f};      ///< by code: 2^(bits of a code) finite floats, the first one +0
  coded_symbols gaps;   ///< of entries, stored as gap - 1
  coded_symbols codes;  ///< of the same entries, in the same panels

  /// Rows of panel p.
  [[nodiscard]] index_t rows_of(index_t p) const noexcept {
    return detail::min_of(rows_per_panel, rows - p * rows_per_panel);
  }
  /// What is wrong with these parts, or nothing. Decodes the gaps once.
  [[nodiscard]] reason problem() const noexcept {
    constexpr index_t most = index_t{1} << (sizeof(index_t) > 4 ? 31 : 15);
    if (rows < 0 || rows > most || cols < 0 || cols > most || rows_per_panel < 1 ||
        rows_per_panel > most)
      return make_reason(
          "a sparse matrix of %tdx%td in panels of %td rows: sizes are 0 to %td, panels "
          "have a row",
          rows, cols, rows_per_panel, most);
    const index_t panels = ceil_div(rows, rows_per_panel);
    if (gaps.panels() != panels || codes.panels() != panels)
      return make_reason("%td rows in panels of %td with %td panels of gaps, %td of codes", rows,
                         rows_per_panel, gaps.panels(), codes.panels());
    if (codebook.size() != std::size_t{1} << codes.parts().bits)
      return make_reason("codes of %d bits with a table of %zu floats", codes.parts().bits,
                         codebook.size());
    if (bits_of(codebook[0]) != 0)
      return make_reason("code 0 stands for %g: it must be 0", static_cast<double>(codebook[0]));
    for (std::size_t c = 1; c < codebook.size(); ++c)
      if (!is_finite(codebook[c]))
        return make_reason("code %zu stands for %g", c, static_cast<double>(codebook[c]));
    for (index_t p = 0; p < panels; ++p) {
      if (gaps.symbols(p) != codes.symbols(p))
        return make_reason("panel %td has %td gaps and %td codes", p, gaps.symbols(p),
                           codes.symbols(p));
      const index_t end = end_of_panel(p);
      if (end > rows_of(p) * cols)
        return make_reason("panel %td has an entry at position %td of %tdx%td elements", p, end - 1,
                           rows_of(p), cols);
    }
    return {};
  }

 private:
  /// The position behind the last entry of a panel.
  [[nodiscard]] index_t end_of_panel(index_t p) const noexcept {
    constexpr index_t piece = 256;
    auto decoder = gaps.decoder(p);
    code_t stored[piece];
    index_t end = 0;
    for (index_t left = gaps.symbols(p); left > 0; left -= piece) {
      const index_t n = detail::min_of(left, piece);
      static_cast<void>(decoder.take(stored, n));
      end += detail::kernel::end_of_gaps({stored, static_cast<std::size_t>(n)});
    }
    return end;
  }
};

/// A sparse matrix with a codebook, ready for products. Const and thread-safe.
class sparse_codebook_matrix {
 public:
  /// 0 x 0.
  sparse_codebook_matrix() = default;
  /// Errors: what sparse_codebook_parts::problem() says.
  explicit sparse_codebook_matrix(sparse_codebook_parts parts)
      : sparse_codebook_matrix(checked(static_cast<sparse_codebook_parts&&>(parts)),
                               checked_parts{}) {}
  /// The same for parts that were checked.
  sparse_codebook_matrix(sparse_codebook_parts parts, checked_parts)
      : parts_(static_cast<sparse_codebook_parts&&>(parts)),
        values_(static_cast<index_t>(parts_.codebook.size())) {
    for (index_t c = 0; c < values_.size(); ++c)
      values_[c] = static_cast<double>(parts_.codebook[static_cast<std::size_t>(c)]);
  }

  [[nodiscard]] const sparse_codebook_parts& parts() const noexcept { return parts_; }
  [[nodiscard]] index_t rows() const noexcept { return parts_.rows; }
  [[nodiscard]] index_t cols() const noexcept { return parts_.cols; }
  [[nodiscard]] index_t panels() const noexcept { return parts_.gaps.panels(); }
  /// Entries of all panels, fillers among them.
  [[nodiscard]] index_t entries() const noexcept { return parts_.gaps.size(); }
  /// Memory of streams and tables.
  [[nodiscard]] index_t bytes() const noexcept {
    return parts_.gaps.bytes() + parts_.codes.bytes() + 12 * values_.size();
  }
  /// What a kernel reads of panel p. This object must outlive it.
  [[nodiscard]] detail::kernel::sparse_panel panel(index_t p) const noexcept {
    return {parts_.gaps.decoder(p),
            parts_.codes.decoder(p),
            parts_.gaps.symbols(p),
            parts_.rows_of(p),
            parts_.cols,
            values_.data()};
  }
  /// The matrix with all its zeros. Allocates rows * cols floats.
  [[nodiscard]] matrix<float> decoded() const {
    matrix<float> out(rows(), cols());
    const std::vector<code_t> gaps = parts_.gaps.decoded(), codes = parts_.codes.decoded();
    std::size_t first = 0;
    for (index_t p = 0; p < panels(); ++p) {
      const auto n = static_cast<std::size_t>(parts_.gaps.symbols(p));
      float* const to = detail::advanced(out.data(), p * parts_.rows_per_panel * cols());
      detail::kernel::for_each_position(std::span(gaps).subspan(first, n),
                                        [&](index_t position, std::size_t entry) {
                                          to[position] = parts_.codebook[codes[first + entry]];
                                        });
      first += n;
    }
    return out;
  }

 private:
  [[nodiscard]] static sparse_codebook_parts checked(sparse_codebook_parts parts) {
    detail::core::fail_if(parts.problem(), "sparse_codebook_matrix");
    return parts;
  }

  sparse_codebook_parts parts_;
  buffer<double> values_;
};

LOWBIT_END

#endif
