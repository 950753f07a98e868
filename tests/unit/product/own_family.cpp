// A kernel family of a user's own, through the public seam alone: no header of the library knows that it exists.
//
// It packs the right operand as bytes, one per code, and multiplies in plain loops. gemm, prepare, matmul, linear,
// convolve, kernel_name and explain take it on every ISA, with the results of the reference.
#include <atomic>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/explain.hpp"
#include "lowbit/product/linear.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "support/catch.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_own_family {

using namespace lowbit;

namespace {

std::atomic<int> strips{0};

/// Panels of four rows; a row has a byte for each bit of its words.
template <class Tag>
struct byte_body {
  using tag = Tag;
  static constexpr bool whole_sums = true;

  static family::panel_layout layout(const family::rhs_shape& rhs,
                                     const detail::dispatch::core&) noexcept {
    return {4, 1, rhs.words, 4 * rhs.words * word_bits};
  }

  static code_t code_at(const code_format& format, const family::operand& rows, index_t row,
                        index_t bit) noexcept {
    unsigned code = 0;
    for (int p = 0; p < format.plane_count; ++p)
      code |= static_cast<unsigned>(rows.row(row, p)[bit / word_bits] >> bit % word_bits & 1) << p;
    return static_cast<code_t>(code);
  }

  static void pack(const code_format& format, const family::operand& rhs, index_t first,
                   const family::panel_layout& layout, std::uint8_t* panel) noexcept {
    const index_t bits = layout.words * word_bits;
    for (index_t r = 0; r < layout.rows && first + r < rhs.rows; ++r)
      for (index_t i = 0; i < bits; ++i) panel[r * bits + i] = code_at(format, rhs, first + r, i);
  }

  template <class Epilogue>
  static void run(const family::strip& s, const Epilogue& epilogue) {
    ++strips;
    const family::multiplication& all = s.all;
    const family::factors& of = all.of;
    const index_t bits = all.layout.words * word_bits;
    for (index_t m = s.first_row; m < s.end_row; ++m)
      for (index_t n = s.first_col; n < s.end_col; ++n) {
        const index_t col = all.first_col + n;
        std::uint32_t sum = all.add.at(m, col);
        for (const family::product_run& run : all.runs)
          for (index_t k = 0; k < run.depth; ++k) {
            const int a = of.lhs.value(code_at(of.lhs, all.lhs, m, run.lhs_word * word_bits + k));
            const int b =
                of.rhs.value(s.panel[(n - s.first_col) * bits + run.rhs_word * word_bits + k]);
            sum += static_cast<std::uint32_t>(a * b);
          }
        const auto result = static_cast<std::int32_t>(sum);
        epilogue(accumulator_tile{&result, 1}, tile_place{m, col, 1, 1});
      }
  }
};

/// `Cost` for every product.
template <int Cost>
struct naive_bytes {
  static constexpr const char* name = "naive bytes";
  template <class Tag>
  using body = byte_body<Tag>;
  template <class Tag>
  static bool serves(const family::factors&) noexcept {
    return true;
  }
  template <class Tag>
  static double cost(const family::factors&, const family::product_shape&,
                     const family::panel_layout&, bool) noexcept {
    return Cost;
  }
};

using only = families<naive_bytes<0>>;
template <int Cost>
using beside = families<family::bit_panels, family::bit_rows, family::reference, naive_bytes<Cost>>;

template <class A, class B>
void check(index_t m, index_t n, index_t depth) {
  auto random = test::generator(static_cast<std::uint64_t>(m * 1009 + n * 31 + depth));
  const auto a = test::random_codes<A>(m, depth, test::fill::uniform, test::side::lhs, random);
  const auto b = test::random_codes<B>(n, depth, test::fill::uniform, test::side::rhs, random);
  const auto x = pack<A>(a.view());
  const auto w = pack<B>(b.view());
  const auto expected = gemm(x, w, on(isa::scalar{}));
  test::on_every_isa([&](auto tag) {
    INFO(tag.name << ", " << A::name << " x " << B::name << ", " << m << 'x' << n << 'x' << depth
                  << "; " << test::reproduce());
    const with mine(only{}, on(tag));
    const with threads(only{}, on(tag, test::some_threads{3}));
    strips = 0;
    CHECK(gemm(x, w, mine) == expected);
    CHECK((strips > 0) == (m > 0 && n > 0));
    CHECK(gemm(x, w, threads) == expected);
    // Prepared for the family; panels of others are not taken for its own, nor its own by others.
    const auto prepared = prepare(w, mine);
    CHECK(gemm(x, prepared, mine) == expected);
    CHECK(gemm(x, prepared, on(tag)) == expected);
    CHECK(gemm(x, prepare(w, on(tag)), mine) == expected);
    matrix<std::int32_t> twice = expected;
    gemm_add(x, prepared, twice.view(), mine);
    for (index_t r = 0; r < m; ++r)
      for (index_t c = 0; c < n; ++c) REQUIRE(twice(r, c) == 2 * expected(r, c));
  });
}

}  // namespace

TEST_CASE("own family: products of any encodings and shapes", "[product]") {
  for (const index_t m : {0, 1, 9, 33})
    for (const index_t n : {0, 1, 4, 70}) check<binary, binary>(m, n, 130);
  check<unsigned_bits<8>, signed_bits<8>>(9, 70, 65);
  check<ternary, ternary>(9, 70, 200);
  check<unsigned_bits<2>, binary>(3, 5, 64);
  check<binary, bipolar_bits<3>>(9, 9, 1);
  check<binary, binary>(9, 9, 0);
}

TEST_CASE("own family: it is named, explained, and runs where it costs least", "[product]") {
  const packed_matrix<binary> x(9, 128), w(64, 128);
  test::on_every_isa([&](auto tag) {
    const std::string isa = tag.name;
    const with mine(only{}, on(tag));
    CHECK(kernel_name(x, w, mine) == isa + " naive bytes, binary<1> x binary<1>");
    CHECK(kernel_name<binary, binary>(mine) == kernel_name(x, w, mine));
    CHECK_THAT(explain(x, w, mine),
               ContainsSubstring("* " + isa + " naive bytes, to be packed: 0"));
    CHECK_THAT(explain(x, prepare(w, mine), mine),
               ContainsSubstring("* " + isa + " naive bytes, packed: 0"));
    CHECK_THAT(explain(x, prepare(w, on(tag)), mine), ContainsSubstring("to be packed"));

    const with cheap(beside<0>{}, on(tag));
    const with dear(beside<1 << 30>{}, on(tag));
    CHECK(kernel_name(x, w, cheap) == kernel_name(x, w, mine));
    CHECK(kernel_name(x, w, dear) == kernel_name(x, w, on(tag)));
    CHECK_THAT(explain(x, w, dear), ContainsSubstring("  " + isa + " naive bytes"));
    CHECK_THAT(explain(x, w, dear), ContainsSubstring(" 9 x 64 sums of 2 words each, on " + isa));
  });
}

TEST_CASE("own family: a prepared matrix grows in its panels", "[product]") {
  auto random = test::generator(77);
  const auto codes =
      test::random_codes<ternary>(20, 70, test::fill::uniform, test::side::rhs, random);
  const auto all = pack<ternary>(codes.view());
  const with mine(only{});
  packed_matrix<ternary> first(0, 70);
  first.append(all.view().rows(0, 6));
  auto grown = prepare(first, mine);
  grown.append(all.view().rows(6, 14));
  const auto whole = prepare(all, mine);
  CHECK(grown.panels().format == whole.panels().format);
  CHECK(gemm(all, grown, mine) == gemm(all, all, on(isa::scalar{})));
}

TEST_CASE("own family: matmul and linear multiply with it", "[product]") {
  matrix<float> x(9, 100), w(12, 100);
  for (index_t r = 0; r < 12; ++r)
    for (index_t k = 0; k < 100; ++k) {
      if (r < 9) x(r, k) = static_cast<float>((r * 7 + k * 3) % 11) / 11;
      w(r, k) = static_cast<float>((r * 5 + k * k) % 9) - 4;
    }
  const auto a = quantize(dorefa_activation<2>{}, x.view());
  const auto b = quantize(sign<>{}, w.view());
  const with mine(only{});
  strips = 0;
  CHECK(matmul(a, b, mine) == matmul(a, b, on(isa::scalar{})));
  CHECK(matmul(a, prepare(b, mine), mine) == matmul(a, b, on(isa::scalar{})));
  thresholds zeros(12);
  for (index_t c = 0; c < 12; ++c) zeros.set(c, 0, false);
  const linear<binary> layer(prepare(b.codes(), mine), zeros);
  CHECK(layer(a.codes(), mine) == layer(a.codes(), on(isa::scalar{})));
  CHECK(strips > 0);
}

TEST_CASE("own family: convolutions multiply with it, padding and all", "[product]") {
  auto random = test::generator(78);
  const auto pixels =
      test::random_codes<binary>(2 * 5 * 6, 70, test::fill::uniform, test::side::lhs, random);
  const auto taps =
      test::random_codes<ternary>(9 * 9, 70, test::fill::uniform, test::side::rhs, random);
  packed_tensor<binary> x({2, 5, 6, 70});
  packed_tensor<ternary> w({9, 3, 3, 70});
  for (index_t r = 0; r < pixels.rows(); ++r)
    for (index_t c = 0; c < 70; ++c) x.set_code(r / 30, r / 6 % 5, r % 6, c, pixels(r, c));
  for (index_t r = 0; r < taps.rows(); ++r)
    for (index_t c = 0; c < 70; ++c) w.set_code(r / 9, r / 3 % 3, r % 3, c, taps(r, c));
  const conv2d<binary, ternary> layer(w.view(), {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}});
  const auto expected = convolve(x, layer, on(isa::scalar{}));
  test::on_every_isa([&](auto tag) {
    strips = 0;
    CHECK(convolve(x, layer, with(only{}, on(tag))) == expected);
    CHECK(strips > 0);
  });
}

}  // namespace test_own_family
