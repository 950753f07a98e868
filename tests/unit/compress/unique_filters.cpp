#include <lowbit/compress/unique_filters.hpp>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_unique_filters {

using namespace lowbit;

TEST_CASE("slices of filters are counted by their signs") {
  // Two filters of two taps and three channels. Slices: ++ +- -- for the first filter, -- ++ -+ for the second one.
  const std::vector<float> w{1,  2, -1,    0.5f, -3, -1,  // the taps of filter 0
                             -1, 1, -0.1f, -1,   1,  1};  // of filter 1
  const compress::filter_counts slices = compress::unique_kernels(w, 2, 2, 3);
  CHECK(slices.all == 6);
  CHECK(slices.distinct == 4);
  CHECK(slices.distinct_up_to_sign == 2);
  CHECK(slices.share() == Approx(4.0 / 6));
  CHECK(slices.share_up_to_sign() == Approx(2.0 / 6));
  const compress::filter_counts whole = compress::unique_filters(w, 2, 6);
  CHECK(whole.all == 2);
  CHECK(whole.distinct == 2);
}

TEST_CASE("zeros count as +1, and edges have their counts") {
  const std::vector<float> w{0.0f, -0.0f, 1, 1, -1, -1};
  CHECK(compress::unique_filters(w, 3, 2).distinct == 2);
  CHECK(compress::unique_filters(w, 3, 2).distinct_up_to_sign == 1);
  CHECK(compress::unique_filters({}, 0, 9).all == 0);
  CHECK(compress::unique_filters({}, 0, 9).share() == 1);
  CHECK(compress::unique_filters({}, 4, 0).distinct == 1);
  CHECK_THROWS_WITH(compress::unique_kernels(w, 2, 2, 2),
                    ContainsSubstring("6 weights for 2 filters of 2 taps x 2 channels"));
  CHECK_THROWS_WITH(compress::unique_kernels(w, -2, 3, 1), ContainsSubstring("filters"));
}

TEST_CASE("random slices of 3x3 and of more than 64 taps agree with a set of texts") {
  auto random = test::generator(312);
  INFO(test::reproduce());
  std::normal_distribution<float> normal;
  for (const index_t taps : {1, 4, 9, 81}) {
    const index_t filters = 40, channels = 17;
    std::vector<float> w(static_cast<std::size_t>(filters * taps * channels));
    for (float& x : w) x = normal(random);
    std::copy_n(w.begin(), w.size() / 4,
                w.begin() + static_cast<index_t>(w.size() / 2));  // repeats
    std::set<std::string> as_is, up_to_sign;
    for (index_t f = 0; f < filters; ++f)
      for (index_t c = 0; c < channels; ++c) {
        std::string text, negative;
        for (index_t t = 0; t < taps; ++t) {
          const bool below = w[static_cast<std::size_t>((f * taps + t) * channels + c)] < 0;
          text += below ? '-' : '+';
          negative += below ? '+' : '-';
        }
        as_is.insert(text);
        up_to_sign.insert(std::min(text, negative));
      }
    const compress::filter_counts made = compress::unique_kernels(w, filters, taps, channels);
    CHECK(made.all == filters * channels);
    CHECK(made.distinct == static_cast<index_t>(as_is.size()));
    CHECK(made.distinct_up_to_sign == static_cast<index_t>(up_to_sign.size()));
    CHECK(made.distinct_up_to_sign <= made.distinct);
  }
}

}  // namespace test_unique_filters
