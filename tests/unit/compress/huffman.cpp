#include <cmath>
#include <functional>
#include <lowbit/compress/huffman.hpp>
#include <memory>
#include <queue>

#include "falling_symbols.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_huffman {

using namespace lowbit;
using symbols = std::vector<code_t>;
using lengths = std::vector<std::uint8_t>;

namespace {

/// Bits of Huffman's own algorithm, without a limit: the sum of all merged frequencies.
std::uint64_t bits_without_limit(const std::vector<std::uint64_t>& frequency) {
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap;
  for (const std::uint64_t f : frequency)
    if (f > 0) heap.push(f);
  if (heap.size() == 1) return heap.top();
  std::uint64_t bits = 0;
  while (heap.size() > 1) {
    const std::uint64_t a = heap.top();
    heap.pop();
    const std::uint64_t both = a + heap.top();
    heap.pop();
    heap.push(both);
    bits += both;
  }
  return bits;
}
std::string refused(const lengths& l) {
  const reason why = huffman_problem(l);
  return why ? why.text() : "nothing";
}
/// The symbols of a stream, taken in pieces; none if the decoder refuses.
symbols decode(const std::vector<std::byte>& stream, const lengths& l, std::size_t count,
               std::size_t piece) {
  const auto table = std::make_unique<detail::kernel::huffman_table>();
  detail::kernel::make_table(l, *table);
  detail::kernel::huffman_decoder decoder(*table, stream);
  symbols out(count);
  for (std::size_t i = 0; i < count; i += piece)
    if (!decoder.take(out.data() + i, static_cast<index_t>(std::min(piece, count - i)))) return {};
  if (!decoder.finished()) return {};
  return out;
}

}  // namespace

TEST_CASE("lengths cost what Huffman's algorithm costs") {
  auto random = test::generator(73);
  INFO(test::reproduce());
  for (int run = 0; run < 200; ++run) {
    std::vector<std::uint64_t> frequency(1 + random() % 256);
    const std::uint64_t most = std::uint64_t{1} << (1 + random() % 8);
    for (auto& f : frequency) f = random() % most;
    if (std::count(frequency.begin(), frequency.end(), 0u) ==
        static_cast<index_t>(frequency.size()))
      continue;
    const auto l = compress::huffman_lengths(frequency);
    CHECK(refused(l) == "nothing");
    CHECK(compress::huffman_bits(frequency, l) == bits_without_limit(frequency));
    for (std::size_t s = 0; s < l.size(); ++s) CHECK((l[s] == 0) == (frequency[s] == 0));
  }
}

TEST_CASE("no code word has more than 15 bits") {
  // Fibonacci numbers make the longest words: n symbols would take n - 1 bits.
  std::vector<std::uint64_t> frequency{1, 1};
  while (frequency.size() < 40)
    frequency.push_back(frequency[frequency.size() - 1] + frequency[frequency.size() - 2]);
  const auto l = compress::huffman_lengths(frequency);
  CHECK(refused(l) == "nothing");
  CHECK(*std::max_element(l.begin(), l.end()) == 15);
  CHECK(compress::huffman_bits(frequency, l) >= bits_without_limit(frequency));
  // 16 of them fit without the limit: 15 bits.
  frequency.resize(16);
  CHECK(compress::huffman_bits(frequency, compress::huffman_lengths(frequency)) ==
        bits_without_limit(frequency));
  // 17 would take 16 bits. Lengths 16 16 15 14 13 become 15 15 15 15 13: the frequencies 1 1 2 3 pay -1 -1 +0 +3.
  frequency.push_back(frequency[14] + frequency[15]);
  CHECK(compress::huffman_bits(frequency, compress::huffman_lengths(frequency)) ==
        bits_without_limit(frequency) + 1);
}

TEST_CASE("small codes by hand") {
  using list = std::vector<std::uint64_t>;
  CHECK(compress::huffman_lengths(list{0, 7, 0}) == lengths{0, 1, 0});
  CHECK(compress::huffman_lengths(list{0, 0}) == lengths{1, 0});
  CHECK(compress::huffman_lengths(list{5}) == lengths{1});
  CHECK(compress::huffman_lengths(list{8, 1, 2, 4}) == lengths{1, 3, 3, 2});
  // Words 0, 10, 110, 111; the first bit of a word at the lowest free bit: 111 110 10 0 from the top.
  CHECK(compress::huffman_encode(symbols{0, 3, 1, 2}, lengths{1, 3, 3, 2}) ==
        std::vector<std::byte>{std::byte{0b11011010}, std::byte{0b1}});
}

TEST_CASE("streams decode to their symbols in pieces of any size") {
  INFO(test::reproduce());
  std::uint64_t salt = 74;
  for (const int alphabet : {1, 2, 3, 16, 256})
    for (const double ratio : {0.02, 0.5, 0.9, 0.99})
      for (const std::size_t n :
           {std::size_t{0}, std::size_t{1}, std::size_t{19}, std::size_t{5000}}) {
        const symbols in = test::falling(n, alphabet, ratio, salt++);
        const auto f = compress::frequencies(in, alphabet);
        const auto l = compress::huffman_lengths(f);
        const auto stream = compress::huffman_encode(in, l);
        CHECK(stream.size() == (compress::huffman_bits(f, l) + 7) / 8);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{23}, std::size_t{5000}})
          CHECK(decode(stream, l, n, piece) == in);
      }
}

TEST_CASE("words of every length up to 15 decode") {
  lengths l;
  for (std::uint8_t i = 1; i <= 15; ++i) l.push_back(i);
  l.push_back(15);
  symbols in;
  for (int i = 0; i < 4000; ++i) in.push_back(static_cast<code_t>(i * 7 % 16));
  CHECK(decode(compress::huffman_encode(in, l), l, in.size(), 4000) == in);
}

TEST_CASE("a stream that is not whole is refused") {
  INFO(test::reproduce());
  const symbols in = test::falling(3000, 30, 0.8, 75);
  const auto l = compress::huffman_lengths(compress::frequencies(in, 30));
  const auto stream = compress::huffman_encode(in, l);
  CHECK(decode(stream, l, in.size(), 3000) == in);
  for (std::size_t cut = 1; cut < 20; ++cut) {
    auto shorter = stream;
    shorter.resize(stream.size() - cut);
    CHECK(decode(shorter, l, in.size(), 3000).empty());
  }
  auto longer = stream;
  longer.push_back(std::byte{0});
  CHECK(decode(longer, l, in.size(), 3000).empty());       // a byte too many
  CHECK(decode(stream, l, in.size() - 20, 3000).empty());  // more symbols than elements
  auto unused = stream;
  unused.back() |= std::byte{0x80};
  CHECK(decode(unused, l, in.size(), 3000) != in);
  // A symbol alone has the word 0: a 1 is no word.
  CHECK(decode({std::byte{0}}, {1}, 8, 8) == symbols(8));
  CHECK(decode({std::byte{4}}, {1}, 8, 8).empty());
}

TEST_CASE("lengths that are no code") {
  CHECK(refused({1, 1}) == "nothing");
  CHECK(refused({1}) == "nothing");
  CHECK(refused({}) == "Huffman lengths of 0 symbols: there must be 1 to 256");
  CHECK(refused(lengths(257, 8)) == "Huffman lengths of 257 symbols: there must be 1 to 256");
  CHECK(refused({1, 16}) == "Huffman length of symbol 1 is 16: the longest is 15");
  CHECK(refused({1, 1, 1}) ==
        "Huffman lengths of 3 symbols fill 49152 of 32768 parts of the code space");
  CHECK(refused({2, 1}) ==
        "Huffman lengths of 2 symbols fill 24576 of 32768 parts of the code space");
  CHECK(refused({2}) == "Huffman lengths of 1 symbols fill 8192 of 32768 parts of the code space");
  CHECK(refused({0, 0}) == "Huffman lengths of 0 symbols fill 0 of 32768 parts of the code space");
}

TEST_CASE("errors of the Huffman code") {
  CHECK_THAT(test::error_of([] {
               static_cast<void>(compress::frequencies(symbols{1, 4}, 4));
             }),
             ContainsSubstring("symbol 1 is 4: the alphabet has 4"));
  CHECK_THAT(test::error_of([] { static_cast<void>(compress::frequencies({}, 257)); }),
             ContainsSubstring("an alphabet of 257 symbols"));
  CHECK_THAT(test::error_of([] { static_cast<void>(compress::huffman_lengths({})); }),
             ContainsSubstring("an alphabet of 0 symbols"));
  CHECK_THAT(test::error_of([] {
               static_cast<void>(compress::huffman_encode(symbols{2}, lengths{1, 1, 0}));
             }),
             ContainsSubstring("symbol 0 is 2, which has no code word"));
}

}  // namespace test_huffman
