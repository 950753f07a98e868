#include <lowbit/compress/code_symbols.hpp>

#include "falling_symbols.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"

namespace test_code_symbols {

using namespace lowbit;
using symbols = std::vector<code_t>;
using test::bell;
using test::falling;

namespace {

constexpr symbol_coding all_codings[] = {symbol_coding::raw, symbol_coding::huffman,
                                         symbol_coding::rans};

std::size_t size_of(const symbol_parts& p) {
  return p.stream.size() + static_cast<std::size_t>(p.table_bytes());
}
std::string refused(const symbol_parts& p) {
  const reason why = p.problem();
  return why ? why.text() : "nothing";
}
symbol_parts coded(const symbols& s, int bits, symbol_coding coding, index_t panel = 1000) {
  return compress::code_symbols(s, compress::even_panels(static_cast<index_t>(s.size()), panel),
                                bits, coding);
}

}  // namespace

TEST_CASE("symbols of every coding decode, panel by panel and in pieces") {
  INFO(test::reproduce());
  std::uint64_t salt = 80;
  for (int bits = 1; bits <= 8; ++bits)
    for (const double ratio : {0.0, 0.3, 0.97})
      for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{4321}})
        for (const symbol_coding coding : all_codings) {
          INFO(bits << " bits, ratio " << ratio << ", " << n << " symbols, " << name_of(coding));
          const symbols in = falling(n, 1 << bits, ratio, salt++);
          const coded_symbols out(coded(in, bits, coding));
          CHECK(out.size() == static_cast<index_t>(n));
          CHECK(out.decoded() == in);
          index_t first = 0;
          for (index_t p = 0; p < out.panels(); first += out.symbols(p), ++p) {
            auto decoder = out.decoder(p);
            symbols piece(static_cast<std::size_t>(out.symbols(p)));
            for (index_t i = 0; i < out.symbols(p); i += 37)
              CHECK(decoder.take(piece.data() + i, detail::min_of(37, out.symbols(p) - i)));
            CHECK(decoder.finished());
            CHECK(piece == symbols(in.begin() + first, in.begin() + first + out.symbols(p)));
          }
        }
}

TEST_CASE("two streams decode in turns") {
  INFO(test::reproduce());
  using detail::kernel::symbol_decoder;
  std::uint64_t salt = 60;
  for (const symbol_coding of_a : all_codings)
    for (const symbol_coding of_b : all_codings)
      for (const std::size_t n :
           {std::size_t{1}, std::size_t{5}, std::size_t{29}, std::size_t{3000}}) {
        const symbols a = falling(n, 16, 0.9, salt++), b = bell(n, 256, 30, salt++);
        const coded_symbols coded_a(coded(a, 4, of_a, 65536)), coded_b(coded(b, 8, of_b, 65536));
        auto decoder_a = coded_a.decoder(0), decoder_b = coded_b.decoder(0);
        symbols out_a(n), out_b(n);
        for (std::size_t i = 0; i < n; i += 700) {
          const auto piece = static_cast<index_t>(std::min(std::size_t{700}, n - i));
          CHECK(symbol_decoder::take_each<2, 2>({&decoder_a, &decoder_b},
                                                {out_a.data() + i, out_b.data() + i}, piece));
        }
        CHECK(decoder_a.finished());
        CHECK(decoder_b.finished());
        CHECK(out_a == a);
        CHECK(out_b == b);
      }
}

TEST_CASE("four streams of one model decode in turns, wherever one of them has a long word") {
  INFO(test::reproduce());
  using detail::kernel::symbol_decoder;
  std::uint64_t salt = 100;
  // Ratio 0.5 has words of up to 15 bits, which no look-up holds; ratio 0.9 has streams of other lengths.
  for (const symbol_coding coding : all_codings)
    for (const double ratio : {0.5, 0.9})
      for (const index_t n : {1, 7, 8, 27, 28, 29, 1024, 5000}) {
        INFO(name_of(coding) << ", ratio " << ratio << ", " << n << " symbols");
        const symbols in = falling(static_cast<std::size_t>(4 * n), 16, ratio, salt++);
        const coded_symbols all(coded(in, 4, coding, n));
        std::array<symbol_decoder, 4> decoders{all.decoder(0), all.decoder(1), all.decoder(2),
                                               all.decoder(3)};
        symbols out(in.size());
        for (index_t i = 0; i < n; i += 700) {
          code_t* const to = out.data() + i;
          CHECK(symbol_decoder::take_each<1, 4>(
              {&decoders[0], &decoders[1], &decoders[2], &decoders[3]},
              {to, to + n, to + 2 * n, to + 3 * n}, detail::min_of(700, n - i)));
        }
        for (const symbol_decoder& one : decoders) CHECK(one.finished());
        CHECK(out == in);
      }
}

TEST_CASE("of streams in turns, the one that ends early is an error") {
  INFO(test::reproduce());
  using detail::kernel::symbol_decoder;
  for (const symbol_coding coding : {symbol_coding::raw, symbol_coding::huffman})
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
      const coded_symbols all(coded(falling(4000, 16, 0.9, 120), 4, coding, 1000));
      std::array<symbol_decoder, 4> decoders{all.decoder(0), all.decoder(1), all.decoder(2),
                                             all.decoder(3)};
      symbols out(4000), skipped(10);
      code_t* const to = out.data();
      CHECK(decoders[cut].take(skipped.data(), 10));
      CHECK_FALSE(
          symbol_decoder::take_each<1, 4>({&decoders[0], &decoders[1], &decoders[2], &decoders[3]},
                                          {to, to + 1000, to + 2000, to + 3000}, 1000));
    }
}

TEST_CASE("rANS stays within 0.5 percent of the entropy and below Huffman") {
  INFO(test::reproduce());
  const symbols sets[] = {falling(60000, 16, 0.9, 90), falling(60000, 32, 0.8, 92),
                          bell(60000, 32, 4, 93),      bell(60000, 64, 9, 94),
                          bell(60000, 256, 25, 95),    bell(60000, 256, 60, 96),
                          falling(60000, 4, 0.15, 97), bell(60000, 16, 2.5, 98)};
  for (const symbols& in : sets) {
    int bits = 1;
    while (1 << bits <= *std::max_element(in.begin(), in.end())) ++bits;
    const auto counts = compress::frequencies(in, index_t{1} << bits);
    const double least = test::entropy(counts) * static_cast<double>(in.size()) / 8;
    const symbol_parts huffman = coded(in, bits, symbol_coding::huffman, 4096);
    const symbol_parts rans = coded(in, bits, symbol_coding::rans, 4096);
    INFO(bits << " bits, entropy " << least << " bytes; rANS " << rans.stream.size() << " + "
              << rans.table_bytes() << ", Huffman " << huffman.stream.size() << " + "
              << huffman.table_bytes());
    CHECK(static_cast<double>(rans.stream.size()) <= 1.005 * least);
    CHECK(size_of(rans) <= size_of(huffman));
    CHECK(coded_symbols(rans).decoded() == in);
  }
}

TEST_CASE("where Huffman is best, rANS has at most three bytes more per panel") {
  INFO(test::reproduce());
  const symbols in = falling(60000, 16, 0.5, 91);  // probabilities 1/2, 1/4, ...
  const symbol_parts huffman = coded(in, 4, symbol_coding::huffman, 4096);
  const symbol_parts rans = coded(in, 4, symbol_coding::rans, 4096);
  CHECK(rans.stream.size() <= huffman.stream.size() + 3 * rans.panels.size());
  CHECK(size_of(compress::smallest_coding(in, compress::even_panels(60000, 4096), 4)) <=
        std::min(size_of(huffman), size_of(rans)));
}

TEST_CASE("the smallest coding is the smallest of the three") {
  INFO(test::reproduce());
  std::uint64_t salt = 100;
  for (const std::size_t n : {std::size_t{3}, std::size_t{50}, std::size_t{700}, std::size_t{9000}})
    for (const double ratio : {0.1, 0.5, 0.95}) {
      const symbols in = falling(n, 16, ratio, salt++);
      const auto panels = compress::even_panels(static_cast<index_t>(n), 512);
      const symbol_parts best = compress::smallest_coding(in, panels, 4);
      for (const symbol_coding coding : all_codings)
        CHECK(size_of(best) <= size_of(compress::code_symbols(in, panels, 4, coding)));
      CHECK(coded_symbols(best).decoded() == in);
    }
}

TEST_CASE("a symbol alone takes no bits by rANS and one by Huffman") {
  const symbols in(1000, 5);
  const symbol_parts rans = coded(in, 3, symbol_coding::rans);
  CHECK(rans.stream.empty());
  CHECK(coded_symbols(rans).decoded() == in);
  CHECK(coded(in, 3, symbol_coding::huffman).stream.size() == 125);
}

TEST_CASE("frequencies have the right sum, and none is 0 where the count is not") {
  auto random = test::generator(110);
  INFO(test::reproduce());
  for (int run = 0; run < 300; ++run) {
    std::vector<std::uint64_t> counts(1 + random() % 256);
    const int height = static_cast<int>(random() % 40);
    for (auto& c : counts) c = (random() >> 24) >> (random() % 2 == 0 ? 40 : 40 - height);
    for (int precision = 8; precision <= 14; ++precision) {
      const auto model = compress::rans_model_of(counts, precision);
      CHECK_FALSE(rans_problem(model.frequencies, precision));
      const bool none =
          std::count(counts.begin(), counts.end(), 0u) == static_cast<index_t>(counts.size());
      for (std::size_t s = 0; s < counts.size(); ++s)
        if (!none) CHECK((counts[s] > 0) == (model.frequencies[s] > 0));
    }
  }
}

TEST_CASE("no slot of a model could serve another symbol better") {
  const std::vector<std::uint64_t> counts{1000, 200, 30, 4, 1, 0, 77};
  const auto model = compress::rans_model_of(counts, 8);
  const double best = compress::rans_bits(counts, model);
  for (std::size_t from = 0; from < counts.size(); ++from)
    for (std::size_t to = 0; to < counts.size(); ++to) {
      auto other = model;
      if (from == to || counts[to] == 0 || other.frequencies[from] < 2) continue;
      --other.frequencies[from];
      ++other.frequencies[to];
      CHECK(compress::rans_bits(counts, other) >= best);
    }
}

TEST_CASE("streams that are damaged are refused") {
  INFO(test::reproduce());
  const symbols in = falling(3000, 16, 0.8, 111);
  for (const symbol_coding coding : all_codings) {
    INFO(name_of(coding));
    const symbol_parts good = coded(in, 4, coding);
    CHECK(refused(good) == "nothing");

    symbol_parts p = good;
    p.stream.pop_back();
    CHECK_THAT(refused(p), ContainsSubstring("panel 2 has"));
    --p.panels[2].bytes;  // the stream ends early
    CHECK_THAT(refused(p), ContainsSubstring("panel 2"));
    p = good;
    p.stream.push_back(std::byte{0});
    CHECK(refused(p) == "1 bytes of the stream belong to no panel");
    ++p.panels[2].bytes;
    CHECK_THAT(refused(p), ContainsSubstring("panel 2 does not end with its 1000 symbols"));
    p = good;
    p.panels[1].symbols -= 8;  // more symbols than elements
    CHECK_THAT(refused(p), ContainsSubstring("panel 1 does not end with its 992 symbols"));
    p = good;
    p.panels[1].symbols += 8;
    if (coding == symbol_coding::rans)  // these are the first symbol of the model, without a bit
      CHECK(refused(p) == "nothing");
    else
      CHECK_THAT(refused(p), ContainsSubstring("panel 1"));
    p = good;
    p.panels[0].symbols = 65537;
    CHECK(refused(p) == "panel 0 has 65537 symbols: there must be 0 to 65536");
    p = good;
    p.panels[0].bytes = -1;
    CHECK_THAT(refused(p), ContainsSubstring("panel 0 has -1 bytes of"));
    p = good;
    p.model.push_back(0);
    CHECK_THAT(refused(p), ContainsSubstring("symbols of 4 bits with a model of"));
    p = good;
    p.bits = 9;
    CHECK(refused(p) == "symbols of 9 bits: there must be 1 to 8");
    if (coding != symbol_coding::rans) {
      p = good;
      p.precision = 8;
      CHECK_THAT(refused(p), ContainsSubstring("only rANS has one"));
    } else {
      p = good;
      ++p.model[0];
      CHECK_THAT(refused(p), ContainsSubstring("rANS frequencies have the sum"));
      p.precision = 15;
      CHECK(refused(p) == "rANS with 2^15 slots: there must be 2^8 to 2^14");
    }
    if (coding == symbol_coding::huffman) {
      p = good;
      p.model[0] = 300;
      CHECK(refused(p) == "Huffman length of symbol 0 is 255: the longest is 15");
    }
  }
  symbol_parts p;
  p.coding = static_cast<symbol_coding>(3);
  CHECK(refused(p) == "coding 3 of symbols is not known");
}

TEST_CASE("a changed byte of a rANS stream is found") {
  // The state at the end tells: of all changes of one byte, few lead back to it.
  const symbols in = falling(400, 16, 0.8, 112);
  const symbol_parts good = coded(in, 4, symbol_coding::rans);
  int found = 0, changes = 0;
  for (std::size_t i = 0; i < good.stream.size(); ++i)
    for (const unsigned flip : {1u, 128u}) {
      symbol_parts p = good;
      p.stream[i] ^= static_cast<std::byte>(flip);
      ++changes;
      found += refused(p) != "nothing" ? 1 : 0;
    }
  CHECK(found > changes * 9 / 10);
}

TEST_CASE("errors of coding symbols") {
  const symbols in{1, 2, 3};
  const std::vector<index_t> two{2}, three{3}, four{4};
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(compress::code_symbols(in, two, 2, symbol_coding::raw));
             }),
             ContainsSubstring("the panels have 2 of 3 symbols"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(compress::code_symbols(in, four, 2, symbol_coding::raw));
             }),
             ContainsSubstring("a panel of 4 of 3 symbols that are left"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(compress::code_symbols(in, three, 1, symbol_coding::raw));
             }),
             ContainsSubstring("symbol 1 is 2: the alphabet has 2"));
  CHECK_THAT(test::error_of([] { static_cast<void>(compress::even_panels(5, 0)); }),
             ContainsSubstring("5 symbols in panels of 0"));
  CHECK_THAT(test::error_of([&] { static_cast<void>(compress::fixed_width_encode(in, 1)); }),
             ContainsSubstring("symbol 1 is 2, which has more than 1 bits"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(compress::rans_encode(in, {{256, 0, 0, 0}, 8}));
             }),
             ContainsSubstring("symbol 2 is 3, which has no frequency"));
  CHECK_THAT(test::error_of([] { static_cast<void>(compress::rans_model_of({}, 8)); }),
             ContainsSubstring("an alphabet of 0 symbols"));
}

}  // namespace test_code_symbols
