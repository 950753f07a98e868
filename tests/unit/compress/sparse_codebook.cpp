// A sparse matrix with a codebook: encoding, decoding, and products out of its compressed form.
#include <lowbit/compress/encode_sparse.hpp>
#include <lowbit/compress/pruning.hpp>
#include <lowbit/compress/sharing.hpp>
#include <lowbit/product/sparse_linear.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_sparse_codebook {

using namespace lowbit;
using compress::encode_sparse;
using compress::sparse_options;

namespace {

struct sparse_codes {
  index_t rows, cols;
  std::vector<code_t> codes;
  std::vector<float> codebook;

  [[nodiscard]] float operator()(index_t r, index_t c) const {
    return codebook[codes[static_cast<std::size_t>(r * cols + c)]];
  }
};

sparse_codes random_codes(index_t rows, index_t cols, double share, int bits, std::uint64_t salt) {
  auto random = test::generator(salt);
  sparse_codes s{rows, cols, {}, {0.0f}};
  for (index_t i = 0; i < rows * cols; ++i)
    s.codes.push_back(std::generate_canonical<double, 32>(random) < share
                          ? static_cast<code_t>(1 + random() % ((1u << bits) - 1))
                          : code_t{0});
  std::normal_distribution<float> normal;
  while (s.codebook.size() < std::size_t{1} << bits) s.codebook.push_back(normal(random));
  return s;
}
sparse_codebook_matrix encoded(const sparse_codes& s, const sparse_options& options = {}) {
  return encode_sparse(s.rows, s.cols, s.codes, s.codebook, options);
}
matrix<float> random_inputs(index_t rows, index_t cols, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal;
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i)
    x.data()[i] = random() % 5 == 0 ? -0.0f : normal(random);
  return x;
}
/// The defined order on the decoded matrix: one chain in double over all columns, zeros too.
matrix<float> dense_product(const matrix<float>& x, const sparse_codes& w,
                            const std::vector<float>& bias) {
  matrix<float> out(x.rows(), w.rows);
  for (index_t m = 0; m < x.rows(); ++m)
    for (index_t n = 0; n < w.rows; ++n) {
      double sum = 0;
      for (index_t k = 0; k < w.cols; ++k)
        sum += static_cast<double>(x(m, k)) * static_cast<double>(w(n, k));
      out(m, n) = static_cast<float>(sum);
      if (!bias.empty())
        out(m, n) = static_cast<float>(static_cast<double>(out(m, n)) +
                                       static_cast<double>(bias[static_cast<std::size_t>(n)]));
    }
  return out;
}
bool same_bits(const matrix<float>& a, const matrix<float>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (index_t i = 0; i < a.rows() * a.cols(); ++i)
    if (bits_of(a.data()[i]) != bits_of(b.data()[i])) return false;
  return true;
}
std::string refused(const sparse_codebook_parts& p) {
  const reason why = p.problem();
  return why ? why.text() : "nothing";
}

/// Runs the parts from the last to the first.
struct backwards {
  [[nodiscard]] index_t concurrency() const noexcept { return 5; }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    for (index_t i = n; i-- > 0;) f(i);
  }
};

}  // namespace

TEST_CASE("a sparse matrix decodes to its codes, whatever the coding, the gaps and the panels") {
  INFO(test::reproduce());
  std::uint64_t salt = 200;
  for (const auto& [rows, cols] :
       {std::pair<index_t, index_t>{0, 5}, {5, 0}, {1, 1}, {3, 700}, {65, 97}})
    for (const double share : {0.0, 0.07, 0.6, 1.0})
      for (const int bits : {1, 4, 8}) {
        const sparse_codes s = random_codes(rows, cols, share, bits, salt++);
        for (const int gap_bits : {0, 1, 3, 8})
          for (const std::optional<symbol_coding> coding :
               {std::optional<symbol_coding>{}, std::optional{symbol_coding::raw},
                std::optional{symbol_coding::huffman}, std::optional{symbol_coding::rans}}) {
            const auto m = encoded(s, {gap_bits, coding, salt % 2 == 0 ? 100 : 4096});
            const matrix<float> decoded = m.decoded();
            REQUIRE(decoded.rows() == rows);
            REQUIRE(decoded.cols() == cols);
            bool equal = true;
            for (index_t r = 0; r < rows; ++r)
              for (index_t c = 0; c < cols; ++c)
                equal = equal && bits_of(decoded(r, c)) == bits_of(s(r, c));
            CHECK(equal);
          }
      }
}

TEST_CASE("products out of the compressed form have the bits of the dense chain") {
  INFO(test::reproduce());
  std::uint64_t salt = 300;
  for (const auto& [rows, cols] : {std::pair<index_t, index_t>{1, 1}, {10, 300}, {47, 784}})
    for (const double share : {0.0, 0.08, 1.0})
      for (const symbol_coding coding :
           {symbol_coding::raw, symbol_coding::huffman, symbol_coding::rans}) {
        const sparse_codes s = random_codes(rows, cols, share, 5, salt++);
        const auto w = encoded(s, {4, coding, 500});
        std::vector<float> bias;
        if (salt % 2 == 0)
          for (index_t n = 0; n < rows; ++n) bias.push_back(static_cast<float>(n) / 7);
        for (const index_t images : {index_t{0}, index_t{1}, index_t{2}, index_t{8}, index_t{19}}) {
          const matrix<float> x = random_inputs(images, cols, salt);
          const matrix<float> expected = dense_product(x, s, bias);
          test::on_every_isa([&](isa_tag auto isa) {
            CHECK(same_bits(sparse_matmul(x, w, bias, on(isa)), expected));
          });
        }
      }
}

TEST_CASE("products do not depend on the executor") {
  INFO(test::reproduce());
  const sparse_codes s = random_codes(300, 784, 0.5, 4, 400);
  const auto w = encoded(s);
  CHECK(w.panels() > 10);
  const matrix<float> x = random_inputs(3, 784, 401);
  CHECK(same_bits(sparse_matmul(x, w, {}, backwards{}), sparse_matmul(x, w)));
}

TEST_CASE("pruned and shared weights take the bytes of their entropy") {
  INFO(test::reproduce());
  auto random = test::generator(402);
  std::normal_distribution<float> normal(0, 0.05f);
  std::vector<float> weights(300 * 784);
  for (float& x : weights) x = normal(random);
  std::vector<std::uint8_t> kept(weights.size(), 1);
  compress::prune(weights, compress::prune_threshold(weights, compress::prune_by::share(0.92)),
                  kept);
  const auto shared = compress::share_weights(weights, kept, {.bits = 5});
  const auto best = encode_sparse(300, 784, shared.codes, shared.codebook);
  const auto raw = encode_sparse(300, 784, shared.codes, shared.codebook, {5, symbol_coding::raw});
  const auto size = [](const sparse_codebook_matrix& m) {
    return m.parts().gaps.parts().stream.size() + m.parts().codes.parts().stream.size();
  };
  // 8 % of 235200 weights: 18816 entries of 5 + 5 bits, and fillers.
  CHECK(size(raw) >= 18816 * 10 / 8);
  CHECK(size(raw) < 18816 * 11 / 8);
  CHECK(size(best) < size(raw) * 96 / 100);
  std::vector<float> out(weights.size());
  shared.write(out);
  const matrix<float> decoded = best.decoded();
  CHECK(std::equal(out.begin(), out.end(), decoded.data()));
}

TEST_CASE("rows that do not fit a panel of the asked size take shorter panels") {
  sparse_codes s = random_codes(40, 40000, 0, 1, 403);
  for (index_t c = 0; c < 40000; ++c) {  // two rows are full, the others empty
    s.codes[static_cast<std::size_t>(c)] = 1;
    s.codes[static_cast<std::size_t>(40000 + c)] = 1;
  }
  const auto m = encoded(s, {1, symbol_coding::huffman, 1000000});
  CHECK(m.decoded()(1, 39999) == s.codebook[1]);
  CHECK(m.panels() > 1);
  sparse_codes wide = random_codes(1, 70000, 1, 1, 404);
  CHECK_THAT(test::error_of([&] { encoded(wide); }),
             ContainsSubstring("a row of 70000 elements has more than 65536 entries"));
}

TEST_CASE("parts that are no sparse matrix") {
  const sparse_codes s = random_codes(20, 50, 0.3, 3, 405);
  const sparse_codebook_parts good = encoded(s, {4, symbol_coding::raw, 100}).parts();
  CHECK(refused(good) == "nothing");
  auto p = good;
  p.cols = 20;
  CHECK_THAT(refused(p), ContainsSubstring("panel 0 has an entry at position"));
  p = good;
  p.rows = 2000;
  CHECK_THAT(refused(p), ContainsSubstring("2000 rows in panels of"));
  p = good;
  p.rows_per_panel = 0;
  CHECK_THAT(refused(p), ContainsSubstring("a sparse matrix of 20x50 in panels of 0 rows"));
  p = good;
  p.codebook.pop_back();
  CHECK(refused(p) == "codes of 3 bits with a table of 7 floats");
  p = good;
  p.codebook[0] = -0.0f;
  CHECK(refused(p) == "code 0 stands for -0: it must be 0");
  p = good;
  p.codebook[2] = std::nanf("");
  CHECK(refused(p) == "code 2 stands for nan");
  p = good;
  p.codes = encoded(s, {3, symbol_coding::raw, 100}).parts().codes;
  CHECK_THAT(refused(p), ContainsSubstring("panel"));
  CHECK_THAT(test::error_of([&] { sparse_codebook_matrix{p}; }),
             ContainsSubstring("sparse_codebook_matrix: panel"));
}

TEST_CASE("errors of sparse matrices") {
  const sparse_codes s = random_codes(3, 4, 0.5, 2, 406);
  CHECK_THAT(test::error_of([&] { static_cast<void>(encode_sparse(3, 5, s.codes, s.codebook)); }),
             ContainsSubstring("12 codes for 3x5 elements"));
  CHECK_THAT(test::error_of(
                 [&] { static_cast<void>(encode_sparse(3, 4, s.codes, std::vector<float>(3))); }),
             ContainsSubstring("a codebook of 3 floats"));
  CHECK_THAT(test::error_of([&] { encoded(s, {9}); }), ContainsSubstring("gaps of 9 bits"));
  CHECK_THAT(
      test::error_of([&] { static_cast<void>(sparse_matmul(random_inputs(2, 5, 1), encoded(s))); }),
      ContainsSubstring("x is 2x5, weights are 3x4"));
  CHECK_THAT(
      test::error_of([&] {
        static_cast<void>(sparse_matmul(random_inputs(2, 4, 1), encoded(s), std::vector<float>(2)));
      }),
      ContainsSubstring("2 biases for 3 outputs"));
}

}  // namespace test_sparse_codebook
