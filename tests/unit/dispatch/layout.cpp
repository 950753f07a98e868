// The layout of public types: the same under every compiler flag, because units built with
// different flags exchange them. This table is compiled in every configuration.
#include "lowbit/lowbit.hpp"
#include "support/catch.hpp"

namespace test_layout {

using namespace lowbit;

namespace {

template <class T, std::size_t Size, std::size_t Align>
constexpr bool has_layout = sizeof(T) == Size && alignof(T) == Align;

}  // namespace

TEST_CASE("sizes and alignments of public types are fixed", "[dispatch][layout]") {
  STATIC_REQUIRE(has_layout<word, 8, 8>);
  STATIC_REQUIRE(has_layout<index_t, 8, 8>);
  STATIC_REQUIRE(has_layout<code_t, 1, 1>);
  STATIC_REQUIRE(has_layout<affine, 8, 4>);
  STATIC_REQUIRE(has_layout<granularity, 16, 8>);
  STATIC_REQUIRE(has_layout<depth_run, 16, 8>);
  STATIC_REQUIRE(has_layout<depth_layout, 16, 8>);
  STATIC_REQUIRE(has_layout<matrix_view<float>, 32, 8>);
  STATIC_REQUIRE(has_layout<buffer<float>, 16, 8>);
  STATIC_REQUIRE(has_layout<matrix<float>, 32, 8>);
  STATIC_REQUIRE(has_layout<packed_view<binary>, 48, 8>);
  STATIC_REQUIRE(has_layout<packed_matrix<ternary>, 40, 8>);
  STATIC_REQUIRE(has_layout<quantized_matrix<ternary>, 96, 8>);
  STATIC_REQUIRE(has_layout<batch_norm, 48, 8>);
  STATIC_REQUIRE(has_layout<thresholds, 32, 8>);
  STATIC_REQUIRE(has_layout<tile_place, 32, 8>);
  STATIC_REQUIRE(has_layout<accumulator_tile, 16, 8>);
  STATIC_REQUIRE(std::is_empty_v<binary>);
  STATIC_REQUIRE(std::is_empty_v<planes<3>>);
}

TEST_CASE("what the kernels call does not throw", "[dispatch][layout]") {
  STATIC_REQUIRE(noexcept(is_negative(0.0f)));
  STATIC_REQUIRE(noexcept(round_half_even(0.0)));
  STATIC_REQUIRE(noexcept(encode(sign<>{}, 0.0f)));
  STATIC_REQUIRE(noexcept(random_stream(1).bits(0)));
  STATIC_REQUIRE(epilogue<store_integers>);
  STATIC_REQUIRE(epilogue<add_integers>);
  STATIC_REQUIRE(epilogue<store_affine>);
  STATIC_REQUIRE(epilogue<store_threshold>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<buffer<float>>);
}

}  // namespace test_layout
