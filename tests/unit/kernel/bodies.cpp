// kernel/: the bodies themselves, called with raw words: tiles at every edge, packing, bit sums,
// signed sums. They must read nothing outside their words and write nothing outside their tile.
#include <bit>

#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/kernel/bits/bodies.hpp"
#include "lowbit/kernel/floats/row.hpp"
#include "lowbit/kernel/pack/pack.hpp"
#include "lowbit/kernel/reference.hpp"
#include "lowbit/quantize/fit/monotone.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/random_codes.hpp"

namespace test_bodies {

using namespace lowbit;
using detail::kernel::operand;

namespace {

/// Packed rows by the definition, in guarded memory.
template <class E>
struct naive_rows {
  matrix<code_t> codes;
  index_t words;
  test::guarded_buffer<word> memory;

  naive_rows(matrix<code_t> source, test::edge where)
      : codes(std::move(source)),
        words((codes.cols() + 63) / 64),
        memory(static_cast<std::size_t>(codes.rows() * E::plane_count * words), where) {
    for (index_t r = 0; r < codes.rows(); ++r)
      for (int p = 0; p < E::plane_count; ++p)
        for (index_t k = 0; k < codes.cols(); ++k)
          memory.data()[(r * E::plane_count + p) * words + k / 64] |=
              word{static_cast<unsigned>(codes(r, k) >> p & 1)} << k % 64;
  }
  operand rows(index_t first) {
    return {memory.data() + first * E::plane_count * words, codes.rows() - first,
            E::plane_count * words, words};
  }
};

/// Sums of one tile: the body, plus what the product rule says must be added for bit sums and
/// depth.
template <class A, class B>
void check_tile(isa_tag auto tag, index_t m, index_t n, index_t depth, test::fill kind) {
  constexpr bool by_definition = std::is_same_v<decltype(tag), isa::scalar>;
  using body = std::conditional_t<by_definition, detail::kernel::reference_body,
                                  detail::kernel::rows_for<decltype(tag)>>;
  auto random = test::generator(600);
  for (const test::edge where : {test::edge::end, test::edge::begin}) {
    naive_rows<A> lhs(test::random_codes<A>(m, depth, kind, test::side::lhs, random), where);
    naive_rows<B> rhs(test::random_codes<B>(n, depth, kind, test::side::rhs, random), where);
    const auto expected = test::product<A, B>(lhs.codes, rhs.codes);
    detail::kernel::tile_sums<body::rows, body::cols> tile{};
    static constexpr const auto& of = detail::kernel::factors_of<A, B>;
    const product_rule& rule = of.rule;
    const detail::kernel::run_size size{depth, lhs.words};
    if constexpr (by_definition)
      detail::kernel::add_values(of, lhs.rows(0), rhs.rows(0), size, tile);
    else
      body::template run<of.loops & detail::kernel::all_operations>(rule, lhs.rows(0), rhs.rows(0),
                                                                    size, tile);
    for (index_t r = 0; r < m && r < static_cast<index_t>(body::rows); ++r)
      for (index_t c = 0; c < n && c < static_cast<index_t>(body::cols); ++c) {
        std::uint32_t sum = tile.at[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)];
        if constexpr (!by_definition) {
          sum += static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(depth);
          sum += static_cast<std::uint32_t>(rule.lhs_bit_sum) *
                 detail::kernel::bit_sum(tag, of.lhs, lhs.rows(0), r, lhs.words);
          sum += static_cast<std::uint32_t>(rule.rhs_bit_sum) *
                 detail::kernel::bit_sum(tag, of.rhs, rhs.rows(0), c, rhs.words);
        }
        INFO(A::name << " x " << B::name << ", " << m << 'x' << n << 'x' << depth << ", element "
                     << r << ',' << c << ", " << test::name(kind) << ", " << test::reproduce());
        REQUIRE(static_cast<std::int32_t>(sum) == expected(r, c));
      }
  }
}

template <class A, class B>
void check_tiles() {
  test::on_every_tag([](auto tag) {
    for (const index_t m : {1, 2})
      for (const index_t n : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 63, 64, 65})
        for (const index_t depth : {1, 64, 65, 255, 256, 257, 449, 512, 513})
          for (const test::fill kind : {test::fill::uniform, test::fill::max_vs_min})
            check_tile<A, B>(tag, m, n, depth, kind);
  });
}

}  // namespace

TEST_CASE("bodies sum tiles with missing rows and partial registers: xor", "[kernel]") {
  check_tiles<binary, binary>();
}
TEST_CASE("bodies sum long rows, through full adders or byte counters", "[kernel]") {
  test::on_every_tag([](auto tag) {
    for (const index_t depth :
         {2047, 2048, 2049, 3968, 3969, 4096, 4097, 8192, 8191 + 4096, 16385, 20000})
      for (const test::fill kind :
           {test::fill::uniform, test::fill::all_max, test::fill::max_vs_min}) {
        check_tile<binary, binary>(tag, 2, 2, depth, kind);
        check_tile<ternary, ternary>(tag, 1, 4, depth, kind);
        check_tile<unsigned_bits<2>, binary>(tag, 2, 1, depth, kind);
      }
  });
}
TEST_CASE("bodies sum tiles with missing rows and partial registers: gated", "[kernel]") {
  check_tiles<ternary, ternary>();
}
TEST_CASE("bodies sum tiles with missing rows and partial registers: and", "[kernel]") {
  check_tiles<signed_bits<3>, binary>();
}

TEST_CASE("pack_codes and encode_and_pack write their words and no others", "[kernel]") {
  INFO(test::reproduce());
  auto random = test::generator(601);
  test::on_every_tag([&](auto tag) {
    for (index_t n = 0; n <= 200; ++n) {
      const auto codes =
          test::random_codes<unsigned_bits<8>>(1, n, test::fill::uniform, test::side::lhs, random);
      test::guarded_buffer<code_t> in(std::span<const code_t>(codes.row(0)), test::edge::end);
      naive_rows<unsigned_bits<8>> expected(codes, test::edge::end);
      const auto words = static_cast<std::size_t>(expected.words);
      for (const bool direct : {true, false}) {
        test::guarded_buffer<word> out(8 * words);
        for (word& w : out.span()) w = ~word{0};  // every word must be written
        const detail::kernel::plane_words planes{out.data(), expected.words};
        if (direct)
          detail::kernel::pack_codes<8>(tag, in.data(), n, planes);
        else
          detail::kernel::encode_and_pack<8>(
              tag,
              [&](index_t begin, index_t count, code_t* out_codes) {
                for (index_t i = 0; i < count; ++i) out_codes[i] = in.data()[begin + i];
              },
              n, planes);
        INFO(n << " codes");
        for (std::size_t i = 0; i < 8 * words; ++i)
          REQUIRE(out.data()[i] == expected.memory.data()[i]);
      }
    }
  });
}

TEST_CASE("compare_and_pack reads its numbers, writes its words, and no others", "[kernel]") {
  INFO(test::reproduce());
  auto random = test::generator(603);
  const auto check = [&](const auto& q, index_t n, test::edge where, std::size_t shift) {
    using Q = std::remove_cvref_t<decltype(q)>;
    const auto source = test::random_floats(1, n, random);
    test::guarded_buffer<float> x(std::span<const float>(source.row(0)), where, shift);
    matrix<code_t> codes(1, n);
    for (index_t i = 0; i < n; ++i) codes(0, i) = encode(q, source(0, i));
    naive_rows<typename Q::encoding> expected(std::move(codes), where);
    constexpr int planes = Q::encoding::plane_count;
    test::on_every_tag([&](auto tag) {
      test::guarded_buffer<word> out(static_cast<std::size_t>(planes * expected.words), where);
      for (word& w : out.span()) w = ~word{0};  // every word must be written
      detail::kernel::compare_and_pack(tag, q, x.data(), n, {out.data(), expected.words});
      INFO(n << " numbers, " << planes << " planes");
      for (index_t i = 0; i < planes * expected.words; ++i)
        REQUIRE(out.data()[i] == expected.memory.data()[i]);
    });
  };
  const auto fitted_to = test::random_floats(1, 100, random);
  const auto weights = dorefa_weight<3>{}.fit(fitted_to.row(0));
  const detail::quantizers::boundary_encoder<3> three(lsq<3>{0.3f});
  const detail::quantizers::boundary_encoder<5> five(lsq<5>{0.06f});
  for (index_t n = 0; n <= 200; n += test::thorough ? 1 : 13)
    for (const test::edge where : {test::edge::end, test::edge::begin})
      for (const std::size_t shift : {std::size_t{0}, std::size_t{4}, std::size_t{36}}) {
        check(sign<>{}, n, where, shift);
        check(twn<>{{}, 0.7f, 0.5f, 1}, n, where, shift);
        check(dorefa_activation<2>{}, n, where, shift);
        check(weights, n, where, shift);
        check(three, n, where, shift);
        check(five, n, where, shift);
      }
}

TEST_CASE("signed_sum reads depth weights and no more", "[kernel]") {
  INFO(test::reproduce());
  auto random = test::generator(602);
  std::normal_distribution<float> normal;
  for (const index_t depth : {0, 1, 15, 16, 17, 63, 64, 65, 100, 129}) {
    test::guarded_buffer<float> w(static_cast<std::size_t>(depth));
    for (float& f : w.span()) f = normal(random);
    naive_rows<binary> bits(
        test::random_codes<binary>(1, depth, test::fill::uniform, test::side::lhs, random),
        test::edge::end);
    const float first =
        detail::kernel::signed_sum(isa::scalar{}, w.data(), bits.memory.data(), depth);
    test::on_every_tag([&](auto tag) {
      const float sum = detail::kernel::signed_sum(tag, w.data(), bits.memory.data(), depth);
      CHECK(std::bit_cast<std::uint32_t>(sum) == std::bit_cast<std::uint32_t>(first));
    });
  }
}

}  // namespace test_bodies
