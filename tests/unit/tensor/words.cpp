// tensor/words.hpp: foreign words in, checked; and the stated order of bits.
#include "lowbit/tensor/words.hpp"

#include <vector>

#include "lowbit/encoding/planes.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_words {

using namespace lowbit;

TEST_CASE("words: rows, then planes, then bits from the least significant", "[tensor]") {
  // Two rows of 66 ternary codes: plane n, plane g, two words each.
  std::vector<word> words(8, 0);
  words[0] = 0b101;          // row 0, nonzero: elements 0 and 2
  words[1] = 0b10;           //                 and 65
  words[2] = 0b100;          // row 0, negative: element 2
  words[4] = word{1} << 63;  // row 1: element 63 is +1
  const packed_view<ternary> view = view_words<ternary>(words, 2, 66);
  CHECK(view.code(0, 0) == ternary::plus);
  CHECK(view.code(0, 1) == ternary::zero);
  CHECK(view.code(0, 2) == ternary::minus);
  CHECK(view.code(0, 65) == ternary::plus);
  CHECK(view.code(1, 63) == ternary::plus);
  CHECK(view.data() == words.data());
  const packed_matrix<ternary> copy = from_words<ternary>(words, 2, 66);
  CHECK(std::vector<word>(copy.words().begin(), copy.words().end()) == words);
  CHECK(test::zero_tails(copy));
}

TEST_CASE("words out and in again give the same matrix", "[tensor]") {
  INFO(test::reproduce());
  auto random = test::generator(110);
  for (const index_t depth : {0, 1, 63, 64, 65, 200}) {
    const auto m = pack<bipolar_bits<3>>(
        test::random_codes<bipolar_bits<3>>(4, depth, test::fill::uniform, test::side::lhs, random)
            .view());
    CHECK(from_words<bipolar_bits<3>>(m.words(), 4, depth) == m);
  }
}

TEST_CASE("words that break the invariant are refused, with their place", "[tensor]") {
  struct words_case {
    const char* what;
    std::vector<word> words;
    index_t rows, depth;
    const char* text;
  };
  const words_case cases[] = {
      {"too few",
       {1, 1, 1},
       2,
       70,
       "view_words: 3 words for 2x70 binary codes of 1 planes: they need 4"},
      {"too many", {1, 1, 1, 1, 1}, 2, 70, "they need 4"},
      {"none for some", {}, 2, 70, "view_words: 0 words for 2x70"},
      {"first tail bit",
       {0, 0, 0, word{1} << 6},
       2,
       70,
       "row 1, plane 0: bits after element 70 are not zero"},
      {"last tail bit",
       {0, word{1} << 63, 0, 0},
       2,
       70,
       "row 0, plane 0: bits after element 70 are not zero"},
      {"last element", {0, word{1} << 5, 0, 0}, 2, 70, "no error"},
      {"full words", {~word{0}, ~word{0}}, 2, 64, "no error"},
      {"nothing", {}, 0, 70, "no error"},
      {"no depth", {}, 7, 0, "no error"},
      {"negative rows", {}, -1, 70, "rows is -1"},
      {"huge", {}, index_t{1} << 61, 64, "does not fit"},
      {"huge rows of nothing", {}, index_t{1} << 59, 0, "no error"},
      {"no rows of huge depth", {}, 0, index_t{1} << 61, "does not fit"},
  };
  for (const words_case& c : cases) {
    INFO(c.what);
    CHECK_THAT(test::error_of([&] { (void)view_words<binary>(c.words, c.rows, c.depth); }),
               ContainsSubstring(c.text));
    CHECK_THAT(test::error_of([&] { (void)from_words<binary>(c.words, c.rows, c.depth); }),
               ContainsSubstring(c.text));
  }
  const std::vector<word> negative_but_zero{0b0100, 0b1100};
  CHECK_THAT(test::error_of([&] { (void)from_words<ternary>(negative_but_zero, 1, 5); }),
             ContainsSubstring("row 0, element 3: 2 is no code of ternary"));
}

TEST_CASE("views: rows and planes of foreign words", "[tensor]") {
  const std::vector<word> words{1, 2, 4, 8, 16, 32};
  const auto view = view_words<planes<2>>(words, 3, 64);
  CHECK(view.rows(1, 2).code(0, 2) == 1);
  CHECK(view.plane(1).code(2, 5) == 1);
  CHECK(view.plane(1).row_stride() == 2);
  CHECK(view.plane(0).rows(2, 1).code(0, 4) == 1);
}

}  // namespace test_words
