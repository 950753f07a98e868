#include <lowbit/compress/gradual_pruning.hpp>
#include <lowbit/compress/pruning.hpp>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_pruning {

using namespace lowbit;
using compress::prune_by;
using marks = std::vector<std::uint8_t>;

TEST_CASE("thresholds by deviation, share and count") {
  const std::vector<float> w{-4, 3, -2, 1, 1, -2, 3, 4};  // mean 0.5, mean square 7.5
  CHECK(compress::prune_threshold(w, prune_by::threshold(0.5f)) == 0.5f);
  CHECK(compress::prune_threshold(w, prune_by::deviation(2)) ==
        Approx(2 * std::sqrt(7.5 - 0.25)).epsilon(1e-6));
  CHECK(compress::prune_threshold(w, prune_by::share(0)) == 1.0f);
  CHECK(compress::prune_threshold(w, prune_by::share(0.25)) == 2.0f);
  CHECK(compress::prune_threshold(w, prune_by::share(0.9)) == 4.0f);
  CHECK(compress::prune_threshold(w, prune_by::kept(8)) == 1.0f);
  CHECK(compress::prune_threshold(w, prune_by::kept(3)) == 3.0f);
  CHECK(compress::prune_threshold(w, prune_by::kept(2)) == 4.0f);
  CHECK_FALSE(is_finite(compress::prune_threshold(w, prune_by::kept(0))));
  CHECK_FALSE(is_finite(compress::prune_threshold(w, prune_by::share(1))));
}

TEST_CASE("a global threshold takes all layers together") {
  const std::vector<float> small{0.1f, -0.2f, 0.3f}, large{1, -2, 3, 4};
  const std::span<const float> layers[] = {small, large};
  CHECK(compress::prune_threshold(layers, prune_by::share(0.5)) == 1.0f);
  CHECK(compress::prune_threshold(small, prune_by::share(0.5)) == 0.2f);
  CHECK(compress::prune_threshold(large, prune_by::share(0.5)) == 3.0f);
}

TEST_CASE("share prunes at most its share, kept keeps at least its number") {
  auto random = test::generator(70);
  INFO(test::reproduce());
  std::normal_distribution<float> normal;
  for (const std::size_t n : {1u, 2u, 7u, 100u, 1001u}) {
    std::vector<float> w(n);
    for (float& x : w) x = std::round(normal(random) * 8) / 8;  // many equal magnitudes
    for (const double share : {0.0, 0.1, 0.5, 0.93, 1.0}) {
      marks kept(n, 1);
      auto pruned = w;
      const index_t left =
          compress::prune(pruned, compress::prune_threshold(w, prune_by::share(share)), kept);
      CHECK(static_cast<double>(left) >= (1 - share) * static_cast<double>(n) - 1e-9);
      for (std::size_t i = 0; i < n; ++i) CHECK(pruned[i] == (kept[i] != 0 ? w[i] : 0.0f));
    }
    for (index_t count = 0; count <= static_cast<index_t>(n); count += 1 + index_t(n) / 5) {
      marks kept(n, 1);
      auto pruned = w;
      const float threshold = compress::prune_threshold(w, prune_by::kept(count));
      CHECK(compress::prune(pruned, threshold, kept) >= count);
      // One place higher would keep too few.
      const index_t above =
          std::count_if(w.begin(), w.end(), [&](float x) { return magnitude(x) > threshold; });
      CHECK((count == 0 || above < count));
    }
  }
}

TEST_CASE("a mask only loses marks") {
  std::vector<float> w{1, -2, 3, -0.0f};
  marks kept{1, 0, 1, 1};
  CHECK(compress::prune(w, 1.5f, kept) == 1);
  CHECK(w == std::vector<float>{0, 0, 3, 0});
  CHECK(kept == marks{0, 0, 1, 0});
  w = {5, 5, 5, 5};
  CHECK(compress::prune(w, 0, kept) == 1);
  CHECK(w == std::vector<float>{0, 0, 5, 0});
}

TEST_CASE("errors of pruning") {
  std::vector<float> w{1, 2};
  marks kept{1};
  CHECK_THAT(test::error_of([&] { compress::prune(w, 1, kept); }),
             ContainsSubstring("2 weights with 1 marks"));
  kept = {1, 1};
  CHECK_THAT(test::error_of([&] { compress::prune(w, -1, kept); }),
             ContainsSubstring("the threshold is -1"));
  CHECK_THAT(test::error_of([&] { compress::prune(w, std::nanf(""), kept); }),
             ContainsSubstring("the threshold is nan"));
  CHECK_THAT(test::error_of([] { static_cast<void>(prune_by::share(1.5)); }),
             ContainsSubstring("1.5: it must be a number from 0 to 1"));
  CHECK_THAT(test::error_of([] { static_cast<void>(prune_by::deviation(-1)); }),
             ContainsSubstring("-1: it must be"));
  CHECK_THAT(
      test::error_of([&] { static_cast<void>(compress::prune_threshold(w, prune_by::kept(3))); }),
      ContainsSubstring("3 of 2 weights cannot be kept"));
  w[1] = std::nanf("");
  CHECK_THAT(test::error_of([&] { compress::prune(w, 1, kept); }),
             ContainsSubstring("element 1 of 2 is nan"));
  CHECK(w[0] == 1);
  for (const prune_by& by : {prune_by::deviation(1), prune_by::share(0.5), prune_by::kept(1)})
    CHECK_THAT(test::error_of([&] { static_cast<void>(compress::prune_threshold(w, by)); }),
               ContainsSubstring("element 1 of 2 is nan"));
}

TEST_CASE("a share that grows by a cubic") {
  const compress::gradual_pruning plan{
      .first = 0.2, .last = 0.9, .begin = 100, .every = 10, .times = 4};
  CHECK(plan.end() == 140);
  CHECK(plan.share(0) == 0.2);
  CHECK(plan.share(100) == Approx(0.2));
  CHECK(plan.share(120) == Approx(0.9 - 0.7 * 0.125));  // half of the way: (1 - 1/2)^3
  CHECK(plan.share(140) == 0.9);
  CHECK(plan.share(1000) == 0.9);
  for (index_t t = 0; t < 200; ++t) {
    CHECK(plan.share(t) <= plan.share(t + 1));
    CHECK(plan.due(t) == (t == 100 || t == 110 || t == 120 || t == 130 || t == 140));
  }
}

TEST_CASE("errors of a growing share") {
  compress::gradual_pruning plan{.first = 0.5, .last = 0.4};
  CHECK_THAT(test::error_of([&] { static_cast<void>(plan.share(0)); }),
             ContainsSubstring("shares from 0.5 to 0.4"));
  plan = {.begin = 3, .every = 0};
  CHECK_THAT(test::error_of([&] { static_cast<void>(plan.share(0)); }),
             ContainsSubstring("begin 3, every 0, times 1"));
}

}  // namespace test_pruning
