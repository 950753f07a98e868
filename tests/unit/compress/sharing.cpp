#include <lowbit/compress/sharing.hpp>
#include <lowbit/quantize/methods/kmeans.hpp>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_sharing {

using namespace lowbit;
using compress::share_weights;
using marks = std::vector<std::uint8_t>;

namespace {

constexpr centroid_start starts[] = {centroid_start::linear, centroid_start::density,
                                     centroid_start::random};

std::vector<float> normal_weights(std::size_t n, std::uint64_t salt) {
  auto random = test::generator(salt);
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> w(n);
  for (float& x : w) x = std::round(normal(random) * 512) / 512;  // some are equal
  return w;
}

template <int K>
void equals_kmeans(const std::vector<float>& w, bool pruned) {
  marks kept;
  if (pruned)
    for (const float x : w) kept.push_back(x != 0 ? 1 : 0);
  for (const centroid_start start : starts) {
    kmeans<K> q;
    q.pruned = pruned;
    q.start = start;
    q.seed = 7;
    q = q.fit(w);
    const auto shared = share_weights(w, kept, {.bits = K, .start = start, .seed = 7});
    CHECK(shared.rounds == q.rounds);
    CHECK(shared.codebook == std::vector<float>(q.table.table.begin(), q.table.table.end()));
    for (std::size_t i = 0; i < w.size(); ++i) CHECK(shared.codes[i] == encode(q, w[i]));
  }
}

}  // namespace

TEST_CASE("shared weights are those of kmeans") {
  INFO(test::reproduce());
  auto w = normal_weights(1200, 120);
  equals_kmeans<1>(w, false);
  equals_kmeans<3>(w, false);
  equals_kmeans<6>(w, false);
  for (float& x : w)
    if (magnitude(x) < 0.1f) x = 0;
  equals_kmeans<2>(w, true);
  equals_kmeans<5>(w, true);
}

TEST_CASE("code 0 is for the pruned weights alone") {
  const std::vector<float> w{0, -1, 0, 0, 2, -0.0f};
  const auto shared = share_weights(w, marks{0, 1, 1, 0, 1, 0}, {.bits = 2});
  CHECK(shared.codebook[0] == 0);
  CHECK(shared.codes == std::vector<code_t>{0, 1, 2, 0, 3, 0});  // a kept 0 has a centroid
  auto out = w;
  shared.write(out);
  CHECK(out[1] == shared.codebook[1]);
  CHECK(out[0] == 0);
}

TEST_CASE("nothing to share") {
  CHECK(share_weights({}, {}, {.bits = 1}).codebook == std::vector<float>(2));
  const std::vector<float> zeros(3);
  CHECK(share_weights(zeros, marks(3), {.bits = 3}).codes == std::vector<code_t>(3));
}

TEST_CASE("the table after fine-tuning") {
  std::vector<float> w{1, 1, 3, 5};
  auto shared = share_weights(w, {}, {.bits = 2});
  shared.write(w);
  for (float& x : w) x += 0.25f;
  shared.read(w);
  std::vector<float> again(4);
  shared.write(again);
  CHECK(again == w);
  w[1] = 7;
  CHECK_THAT(test::error_of([&] { shared.read(w); }),
             ContainsSubstring("weight 1 is 7, others of its code 0 are 1.25"));
  shared.write(again);
  CHECK(again[0] == 1.25f);
}

TEST_CASE("errors of sharing") {
  const std::vector<float> w{1, 2};
  CHECK_THAT(test::error_of([&] { static_cast<void>(share_weights(w, {}, {.bits = 9})); }),
             ContainsSubstring("codes of 9 bits"));
  CHECK_THAT(test::error_of([&] { static_cast<void>(share_weights(w, marks{1})); }),
             ContainsSubstring("2 weights with 1 marks"));
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(share_weights(w, marks{1, 0}));
             }),
             ContainsSubstring("weight 1 is pruned and is 2, not 0"));
  CHECK_THAT(test::error_of([&] { static_cast<void>(share_weights(w, {}, {.most_rounds = -1})); }),
             ContainsSubstring("at most -1 rounds"));
  std::vector<float> one(1);
  CHECK_THAT(test::error_of([&] { share_weights(w).write(one); }),
             ContainsSubstring("1 weights, 2 codes"));
}

}  // namespace test_sharing
