// tensor/quantized_matrix.hpp: levels, groups and sums of a matrix put together by hand.
#include "lowbit/tensor/quantized_matrix.hpp"

#include <limits>

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/random_codes.hpp"

namespace test_quantized {

using namespace lowbit;

namespace {

buffer<affine> numbered_levels(index_t n) {
  buffer<affine> levels(n);
  for (index_t i = 0; i < n; ++i)
    levels[i] = {static_cast<float>(i + 1), static_cast<float>(i) * 0.5f};
  return levels;
}

}  // namespace

TEST_CASE("levels belong to the tensor, a row, or a group of a row", "[tensor]") {
  INFO(test::reproduce());
  auto random = test::generator(120);
  const auto codes =
      test::random_codes<signed_bits<3>>(4, 150, test::fill::uniform, test::side::lhs, random);
  struct grain_case {
    granularity grain;
    index_t groups, group, levels;
  };
  for (const grain_case& c :
       {grain_case{per::tensor, 1, 150, 1}, grain_case{per::row, 1, 150, 4},
        grain_case{per::token, 1, 150, 4}, grain_case{per::group<64>, 3, 64, 12},
        grain_case{per::group<40>, 4, 40, 16}, grain_case{per::group<150>, 1, 150, 4},
        grain_case{per::group<1000>, 1, 1000, 4}}) {
    const index_t segment = c.grain.kind == granularity::map::group ? c.group : 0;
    const quantized_matrix<signed_bits<3>> m(pack<signed_bits<3>>(codes.view(), segment), c.grain,
                                             numbered_levels(c.levels));
    INFO("group size " << c.group << ", kind " << static_cast<int>(c.grain.kind));
    CHECK(m.groups() == c.groups);
    CHECK((m.rows() == 4 && m.depth() == 150 && m.has_offsets() == (c.levels > 1)));
    CHECK(m.bytes() == m.codes().bytes() + 8 * c.levels);
    for (index_t r = 0; r < 4; ++r)
      for (index_t g = 0; g < c.groups; ++g) {
        std::int32_t sum = 0;
        const index_t level = c.levels == 1 ? 0 : r * c.groups + g;
        for (index_t k = g * c.group; k < 150 && k < (g + 1) * c.group; ++k) {
          const int v = test::meaning(signed_bits<3>{}, codes(r, k));
          sum += v;
          REQUIRE(m.real(r, k) == static_cast<float>(v) * static_cast<float>(level + 1) +
                                      static_cast<float>(level) * 0.5f);
          REQUIRE(m.group_of(k) == g);
        }
        REQUIRE(m.sum(r, g) == sum);
        REQUIRE(m.scale(r, g) == static_cast<float>(level + 1));
      }
  }
}

TEST_CASE("a wrong number of levels is an error", "[tensor]") {
  const packed_matrix<binary> codes(4, 100);
  CHECK(test::error_of([&] { quantized_matrix<binary> m(codes, per::row, numbered_levels(3)); }) ==
        "quantized_matrix: 3 levels for 4x100 codes: this granularity needs 4");
  CHECK_THAT(
      test::error_of([&] { quantized_matrix<binary> m(codes, per::tensor, numbered_levels(4)); }),
      ContainsSubstring("needs 1"));
  CHECK_THAT(test::error_of(
                 [&] { quantized_matrix<binary> m(codes, per::group<64>, numbered_levels(4)); }),
             ContainsSubstring("needs 8"));
}

TEST_CASE("codes whose segments are not the groups are refused", "[tensor]") {
  struct packing_case {
    granularity grain;
    index_t segment, levels;
    const char* text;
  };
  for (const packing_case& c :
       {packing_case{per::group<40>, 40, 16, "no error"},
        packing_case{per::group<64>, 0, 12, "no error"},
        packing_case{per::group<64>, 128, 12, "no error"},
        packing_case{per::row, 200, 4, "no error"},
        packing_case{per::group<40>, 0, 16, "codes in segments of 0, scales per 40 of 150"},
        packing_case{per::group<40>, 48, 16, "codes in segments of 48, scales per 40"},
        packing_case{per::group<40>, 20, 16, "codes in segments of 20, scales per 40"},
        packing_case{per::group<64>, 40, 12, "codes in segments of 40, scales per 64"},
        packing_case{per::row, 40, 4, "codes in segments of 40, scales per 150 of 150"},
        packing_case{per::tensor, 40, 1, "repack the codes"}}) {
    INFO("group " << c.grain.group_size << ", segment " << c.segment);
    CHECK_THAT(test::error_of([&] {
                 quantized_matrix<binary> m(packed_matrix<binary>(4, 150, c.segment), c.grain,
                                            numbered_levels(c.levels));
               }),
               ContainsSubstring(c.text));
  }
}

TEST_CASE("a granularity without elements is refused", "[tensor]") {
  const packed_matrix<binary> codes(4, 100);
  CHECK(test::error_of([&] {
          quantized_matrix<binary> m(codes, granularity{granularity::map::group, -5},
                                     numbered_levels(4));
        }) == "quantized_matrix: a group of -5 elements: it must have at least 1");
}

TEST_CASE("empty matrices have levels too", "[tensor]") {
  const quantized_matrix<binary> none(packed_matrix<binary>(0, 10), per::row, buffer<affine>());
  CHECK((none.rows() == 0 && none.groups() == 1 && !none.has_offsets()));
  const quantized_matrix<binary> flat(packed_matrix<binary>(3, 0), per::group<64>,
                                      numbered_levels(3));
  CHECK((flat.groups() == 1 && flat.sum(2) == 0));
}

TEST_CASE("levels per pixel are shared by all rows", "[tensor]") {
  INFO(test::reproduce());
  auto random = test::generator(121);
  const auto codes =
      test::random_codes<signed_bits<3>>(4, 150, test::fill::uniform, test::side::lhs, random);
  const quantized_matrix<signed_bits<3>> m(pack<signed_bits<3>>(codes.view(), 40), per::pixel<40>,
                                           numbered_levels(4));
  CHECK(m.groups() == 4);
  for (index_t r = 0; r < 4; ++r)
    for (index_t k = 0; k < 150; ++k) {
      const auto g = static_cast<float>(k / 40);
      REQUIRE(m.real(r, k) ==
              static_cast<float>(test::meaning(signed_bits<3>{}, codes(r, k))) * (g + 1) +
                  g * 0.5f);
    }
  CHECK(test::error_of([&] {
          quantized_matrix<signed_bits<3>> wrong(pack<signed_bits<3>>(codes.view(), 40),
                                                 per::pixel<40>, numbered_levels(16));
        }) == "quantized_matrix: 16 levels for 4x150 codes: this granularity needs 4");
  CHECK((per::kernel_row<16, 3> == granularity{granularity::map::pixel, 48}));
}

TEST_CASE("planes have a coefficient each, codebooks a table", "[tensor]") {
  const code_t codes[] = {0, 1, 2, 3};
  buffer<plane_levels<2>> coefficients(1);
  coefficients[0] = {{0.5f, 3}};
  const quantized_matrix<planes<2>> signs(pack<planes<2>>(std::span<const code_t>(codes)),
                                          per::tensor, coefficients);
  const quantized_matrix<planes<2, plane_kind::unipolar>> steps(
      pack<planes<2, plane_kind::unipolar>>(std::span<const code_t>(codes)), per::tensor,
      coefficients);
  buffer<level_table<2>> table(1);
  table[0] = {{7, -1, 0, 2.5f}};
  const quantized_matrix<codebook<2>> book(pack<codebook<2>>(std::span<const code_t>(codes)),
                                           per::tensor, table);
  const float of_signs[] = {-3.5f, -2.5f, 2.5f, 3.5f}, of_steps[] = {0, 0.5f, 3, 3.5f},
              of_book[] = {7, -1, 0, 2.5f};
  for (index_t k = 0; k < 4; ++k) {
    CHECK(signs.real(0, k) == of_signs[k]);
    CHECK(steps.real(0, k) == of_steps[k]);
    CHECK(book.real(0, k) == of_book[k]);
    CHECK(dequantize(book)(0, k) == of_book[k]);
  }
  CHECK(book.bytes() == book.codes().bytes() + 16);
  const plane_levels<2> most{{3e38f, 3e38f}};
  CHECK(float_of<planes<2>>(most, 3) == std::numeric_limits<float>::max());
}

}  // namespace test_quantized
