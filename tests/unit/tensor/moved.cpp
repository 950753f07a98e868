// core/reset_when_moved.hpp: what was moved from holds nothing and says so, and can be used again. Of every type
// with sizes beside its memory, in core/, tensor/ and epilogue/.
#include "lowbit/core/reset_when_moved.hpp"

#include <utility>

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/epilogue/multi_threshold.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/packed_tensor.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"
#include "support/catch.hpp"

namespace test_moved {

using namespace lowbit;

namespace {

/// Moves and copies of `full`, by construction and by assignment; empty(x) says that x holds nothing.
template <class T, class Empty, class Equal>
void check(const T& full, const Empty& empty, const Equal& equal) {
  CHECK_FALSE(empty(full));
  T a = full;
  CHECK(equal(a, full));
  T b = std::move(a);
  CHECK((empty(a) && equal(b, full)));
  a = std::move(b);
  CHECK((empty(b) && equal(a, full)));
  T& same = a;
  a = std::move(same);
  CHECK(equal(a, full));
  const T copy_of_empty = b;
  CHECK(empty(copy_of_empty));
  b = full;
  CHECK(equal(b, full));
  b = copy_of_empty;
  CHECK(empty(b));
  CHECK(empty(T()));
}

const auto by_value = [](const auto& a, const auto& b) { return a == b; };

packed_matrix<ternary> some_codes() {
  packed_matrix<ternary> m(3, 70, 40);
  m.set_code(2, 69, ternary::plus);
  return m;
}

}  // namespace

TEST_CASE("a value that is reset when moved", "[core]") {
  reset_when_moved<index_t> a(5), b = a;
  CHECK((a == 5 && b == 5));
  const reset_when_moved<index_t> c = std::move(a);
  CHECK((a == 0 && c == 5));
  a = std::move(b);
  CHECK((a == 5 && b == 0));
  reset_when_moved<index_t>& same = a;
  a = std::move(same);
  CHECK(a == 5);
  b = 7;
  CHECK(b == 7);
}

TEST_CASE("dense matrices and images that were moved from are empty", "[core]") {
  matrix<int> m(2, 3);
  m(1, 2) = 4;
  check(
      m, [](const matrix<int>& x) { return x.rows() == 0 && x.cols() == 0 && !x.data(); },
      by_value);
  image_tensor<float> images({2, 3, 4, 5});
  images.mutable_pixels()(23, 4) = 1;
  check(
      images,
      [](const image_tensor<float>& x) {
        return x.shape() == tensor_shape{} && x.bytes() == 0 && x.view().data == nullptr;
      },
      [](const auto& a, const auto& b) {
        return a.shape() == b.shape() && a.pixels() == b.pixels();
      });
}

TEST_CASE("packed matrices and tensors that were moved from are empty, and grow again",
          "[tensor]") {
  check(
      some_codes(),
      [](const packed_matrix<ternary>& x) {
        return x.rows() == 0 && x.layout() == depth_layout() && x.words().empty();
      },
      by_value);
  auto moved = some_codes();
  const auto kept = std::move(moved);
  moved.append_rows(2);
  CHECK((moved.rows() == 2 && moved.depth() == 0));

  packed_tensor<binary> images({2, 3, 4, 70});
  images.set_code(1, 2, 3, 69, 1);
  check(
      images,
      [](const packed_tensor<binary>& x) {
        return x.shape() == tensor_shape{} && x.bytes() == 0 &&
               x.view().shape() == tensor_shape{} && x.layout() == depth_layout();
      },
      by_value);
}

TEST_CASE("quantized and prepared matrices that were moved from are empty", "[tensor]") {
  buffer<affine> levels(6);
  for (affine& level : levels) level = {2, 1};
  const quantized_matrix<ternary> q(some_codes(), per::group<40>, levels);
  REQUIRE((q.groups() == 2 && q.has_offsets()));
  check(
      q,
      [](const quantized_matrix<ternary>& x) {
        return x.rows() == 0 && x.depth() == 0 && x.bytes() == 0 && x.groups() == 1 &&
               x.grain() == granularity{} && !x.has_offsets();
      },
      [](const auto& a, const auto& b) {
        return a.codes() == b.codes() && a.grain() == b.grain() && a.sum(2, 1) == b.sum(2, 1) &&
               a.has_offsets() == b.has_offsets() && a.bytes() == b.bytes();
      });
  check(
      prepare(packed_matrix<binary>(5, 70)),
      [](const prepared_matrix<binary>& x) {
        return x.rows() == 0 && x.depth() == 0 && x.bytes() == 0;
      },
      [](const auto& a, const auto& b) {
        return a.codes() == b.codes() && a.bytes() == b.bytes();
      });
}

TEST_CASE("thresholds, multi_thresholds and batch norms that were moved from are empty",
          "[epilogue]") {
  const auto empty = [](const auto& x) { return x.size() == 0 && x.bytes() == 0; };
  const auto alike = [](const auto& a, const auto& b) {
    return a.size() == b.size() && a.bytes() == b.bytes();
  };
  check(thresholds(70), empty, alike);
  check(multi_thresholds<unsigned_bits<2>>(70), empty, alike);
  const float one[2] = {1, 1};
  check(batch_norm(one, one, one, one, 1), empty, alike);
}

}  // namespace test_moved
