// encode/encode.hpp: codes into memory that is there, of every quantizer, on every ISA, from any memory.
#include "lowbit/encode/encode.hpp"

#include "lowbit/encode/quantize.hpp"
#include "lowbit/quantize/methods/bcgd_activation.hpp"
#include "lowbit/quantize/methods/dsq.hpp"
#include "lowbit/quantize/methods/fixed_point.hpp"
#include "lowbit/quantize/methods/half_wave.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "lowbit/quantize/methods/l2_step.hpp"
#include "lowbit/quantize/methods/log_quantizer.hpp"
#include "lowbit/quantize/methods/qnn_linear.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"
#include "lowbit/quantize/methods/sqnr_midrise.hpp"

#include <cfenv>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/floating_point_mode.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/quantizers.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_encode {

using namespace lowbit;

namespace {

const random_stream stream(77);

/// encode() with whatever arguments the quantizer needs.
template <class Q, class... Out>
auto encode_any(isa_tag auto tag, const Q& q, matrix_view<const float> x, Out&... out) {
  if constexpr (stochastic_quantizer<Q>)
    return encode(q, x, out..., stream, on(tag));
  else
    return encode(q, x, out..., on(tag));
}

/// Every bit that belongs to an element, and every other word bit, is set: what encode() must replace.
template <class E>
void fill(packed_matrix<E>& m) {
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t w = 0; w < m.row_stride(); ++w) m.mutable_row(r)[w] = ~word{0};
}

/// Codes that are the quantizer's, element by element, and nothing else in the words.
template <class Q>
void require_codes(const packed_matrix<typename Q::encoding>& codes, const Q& q,
                   matrix_view<const float> x) {
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t c = 0; c < x.cols(); ++c) {
      INFO("element " << r << ", " << c << ": " << x(r, c));
      if constexpr (stochastic_quantizer<Q>)
        REQUIRE(int{codes.code(r, c)} == int{encode(q, x(r, c), stream.uniform(r * x.cols() + c))});
      else
        REQUIRE(int{codes.code(r, c)} == int{encode(q, x(r, c))});
    }
  REQUIRE(test::zero_tails(codes));
}

}  // namespace

TEST_CASE("encode replaces every word by the quantizer's codes, in any layout", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(330);
  for (const index_t cols : {0, 1, 63, 64, 65, 130, 200})
    test::for_each_sampled_quantizer([&](const auto& entry) {
      using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
      const auto x = test::random_floats(3, cols, random);
      const Q q = test::fit_to(Q{}, x.row(0));
      for (const index_t segment : {0, 1, 40})
        test::on_every_isa([&](auto tag) {
          INFO(entry.name << ", 3x" << cols << ", segment " << segment);
          packed_matrix<typename Q::encoding> codes(3, cols, segment);
          fill(codes);
          encode_any(tag, q, x.view(), codes);
          require_codes(codes, q, x.view());
          if (segment == 0) REQUIRE(encode_any(tag, q, x.view()) == codes);
        });
    });
}

TEST_CASE("encode decides infinities, NaN, zeros and denormals as the quantizer does", "[ops]") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float special[] = {infinity, -infinity, nan,    -nan, -0.0f, 0.0f,
                               1e-45f,   -1e-45f,   1e-39f, 0.5f, 1.0f,  -1.0f};
  matrix<float> x(12, 203);  // every number in every place of a word
  for (index_t r = 0; r < 12; ++r)
    for (index_t c = 0; c < 203; ++c) x(r, c) = special[(r + c) % 12];
  const float weights[] = {0.25f, -0.5f, 1, -2};
  test::for_each_sampled_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    const Q q = test::fit_to(Q{}, weights);
    test::on_every_isa([&](auto tag) {
      INFO(entry.name);
      require_codes(encode_any(tag, q, x.view()), q, x.view());
    });
  });
}

TEST_CASE("encode gives the codes of the formula where it searches its boundaries", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(335);
  auto x = test::random_floats(9, 251, random);
  REQUIRE(x.rows() * x.cols() > detail::quantizers::worth_a_staircase);
  // Ties and their neighbours; NaN, which is no smaller than -inf here; what is beyond all levels.
  const float special[] = {0.125f,
                           next_up(0.125f),
                           -0.125f,
                           0.0f,
                           -0.0f,
                           100,
                           -100,
                           NAN,
                           std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity()};
  for (index_t i = 0; i < 1000; ++i) x(i % 9, i * 7 % 251) = special[i % 10];
  const auto check = [&](const auto& q) {
    test::on_every_isa([&](auto tag) {
      packed_matrix<typename std::remove_cvref_t<decltype(q)>::encoding> codes(9, 251, 100);
      fill(codes);
      encode(q, x.view(), codes, on(tag));
      require_codes(codes, q, x.view());
    });
  };
  const lsq<4> q{0.25f};
  check(q);
  require_codes(quantize(q, x.view(), on(isa::portable{})).codes(), q, x.view());
  check(log_quantizer<5, 1, log_sign::top_bit>{1});
}

TEST_CASE("quotients have the codes of the formula in every mode of the floating-point unit",
          "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(336);
  matrix<float> ordinary = test::random_floats(2, 150, random), special(2, 150);
  for (index_t i = 0; i < 300; ++i) {
    float& x = ordinary.data()[i];
    if (i % 3 == 0) x = static_cast<float>(i - 150) / 16;  // ties
    if (i % 3 == 1) x = next_up(static_cast<float>(i - 150) / 510);
    constexpr std::uint32_t sizes[] = {0,          1,          0x7fffff,   0x800000,
                                       0x3f800000, 0x7f7fffff, 0x7f800000, 0x7fc00000};
    special.data()[i] =
        i % 5 != 0 ? x : float_of(sizes[i / 5 % 8] | (i % 2 != 0 ? 0x80000000u : 0u));
  }
  const auto check = [&](const auto& q) {
    for (const matrix<float>* x : {&ordinary, &special}) {
      const auto expected = encode_any(isa::scalar{}, q, x->view());
      require_codes(expected, q, x->view());
      for (const int direction : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO})
        for (const bool flush : {false, true})
          test::on_every_isa([&](auto tag) {
            packed_matrix<typename std::remove_cvref_t<decltype(q)>::encoding> codes(2, 150);
            {
              const test::floating_point_mode mode(direction, flush);
              encode_any(tag, q, x->view(), codes);
            }
            INFO("direction " << direction << (flush ? ", flushing" : ""));
            REQUIRE(codes == expected);
          });
    }
  };
  check(lsq<8>{0.0625f});
  check(lsq<6, unsigned_bits<6>>{1.5e-38f});  // all ordinary floats are beyond the grid
  check(lsq<8>{1e36f});
  check(jacob_affine<8>{-1, 1.5f});
  check(jacob_weight<8>{0.01f});
  check(bcgd_activation<8>{0.01f});
  check(half_wave<7>{});
  check(midrise<8>{0.0625f});
  check(sqnr_midrise<8>{1, {0}});
  check(l2_step<8>{{}, 100, 0, 0});
  check(fixed_point<7, rounding::half_up>{4});
  check(fixed_point<7, rounding::up>{-120});
  check(qnn_linear<6>{0.125f, -4, 3.875f});
}

TEST_CASE("signs of residuals are those of their definition on every ISA", "[ops]") {
  // Let a = mean |x| and b = mean |x - a sign x|, exact for these numbers. A bit is 1 where a number is not negative:
  // bit 0 that of x, bit 1 that of x - a sign x. With three planes bit 2 is that of x - a sign x - b sign(x - a sign
  // x).
  for (const index_t n : {1, 8, 63, 64, 65, 256, 300, 4096}) {
    matrix<float> x(1, n);
    for (index_t k = 0; k < n; ++k) x(0, k) = static_cast<float>(k * 37 % 101 - 50) / 8;
    const auto check = [&](const auto& fitted) {
      const double a = fitted.history[0][0], b = fitted.history[1][1];
      test::on_every_isa([&](auto tag) {
        const auto codes = encode(fitted, x, on(tag));
        for (index_t k = 0; k < n; ++k) {
          volatile double rest = static_cast<double>(x(0, k));
          int expected = rest < 0 ? 0 : 1;
          rest = rest - (rest < 0 ? -a : a);
          expected |= rest < 0 ? 0 : 2;
          if (fitted.count == 3) {
            rest = rest - (rest < 0 ? -b : b);
            expected |= rest < 0 ? 0 : 4;
          }
          INFO("number " << k << " of " << n << ": " << x(0, k));
          REQUIRE(int{codes.code(0, k)} == expected);
        }
      });
    };
    check(horq<2>{}.fit(x.row(0)));
    check(network_sketch<3, residual_fit::greedy>{}.fit(x.row(0)));
  }
}

TEST_CASE("encode reads strided, unaligned and guarded rows, and no gaps", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(331);
  for (const index_t cols : {1, 31, 64, 97, 150}) {
    const auto x = test::random_floats(3, cols, random);
    test::for_each_sampled_quantizer([&](const auto& entry) {
      using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
      const Q q = test::fit_to(Q{}, x.row(0));
      test::on_every_isa([&](auto tag) {
        INFO(entry.name << ", 3x" << cols);
        packed_matrix<typename Q::encoding> codes(3, cols);
        for (const index_t gap : {0, 1, 13})
          for (const test::edge where : {test::edge::end, test::edge::begin}) {
            const index_t stride = cols + gap;
            test::guarded_buffer<float> memory(static_cast<std::size_t>(2 * stride + cols), where,
                                               where == test::edge::end ? 0 : 4);
            for (float& f : memory.span()) f = std::numeric_limits<float>::quiet_NaN();
            for (index_t r = 0; r < 3; ++r)
              for (index_t c = 0; c < cols; ++c) memory.data()[r * stride + c] = x(r, c);
            fill(codes);
            encode_any(tag, q, matrix_view<const float>(memory.data(), 3, cols, stride), codes);
            require_codes(codes, q, x.view());
          }
      });
    });
  }
}

TEST_CASE("encode fits nothing: the quantizer is used as it is", "[ops]") {
  const float x[] = {-3, -1, -0.4f, 0.4f, 1, 3};
  const matrix_view<const float> view(x, 1, 6);
  twn<> q;
  q.delta = 2;
  const auto codes = encode(q, view);
  for (index_t k = 0; k < 6; ++k)
    CHECK(int{codes.code(0, k)} == (k == 0 ? ternary::minus : k == 5 ? ternary::plus : 0));
}

TEST_CASE("encode keeps the memory it is given, and refuses another shape", "[ops]") {
  const matrix<float> x(4, 100);
  packed_matrix<binary> codes(4, 100);
  const word* const before = codes.words().data();
  encode(sign<>{}, x, codes);
  CHECK(codes.words().data() == before);
  CHECK(codes.code(3, 99) == 1);

  packed_matrix<binary> wide(4, 101), tall(5, 100);
  CHECK(test::error_of([&] { encode(sign<>{}, x, wide); }) ==
        "encode: the input is 4x100, the output is 4x101");
  CHECK(test::error_of([&] { encode(sign<>{}, x, tall); }) ==
        "encode: the input is 4x100, the output is 5x100");
  CHECK((wide == packed_matrix<binary>(4, 101) && tall == packed_matrix<binary>(5, 100)));

  packed_matrix<unsigned_bits<2>> none(0, 100), flat(4, 0);
  encode(dorefa_activation<2>{}, matrix<float>(0, 100), none);
  encode(dorefa_activation<2>{}, matrix<float>(4, 0), flat);
  CHECK((none.rows() == 0 && flat.depth() == 0));
}

TEST_CASE("ranges whose levels are no floats are refused", "[ops]") {
  constexpr float most = std::numeric_limits<float>::max();
  const matrix<float> x(1, 4);
  const auto error = [&](const auto& q) {
    return test::error_of([&] { static_cast<void>(encode(q, x)); });
  };
  CHECK(error(jacob_affine<1>{-most, most}) ==
        "jacob_affine: the range is [-3.40282e+38, 3.40282e+38]: with 1 steps its levels are no "
        "floats");
  CHECK_THAT(error(jacob_affine<8>{-most, most}),
             ContainsSubstring("with 255 steps its levels are no floats"));
  CHECK_THAT(error(dsq<1>{-most, most, 0.2f}), ContainsSubstring("no float is that large"));
  CHECK_THAT(error(lsq<4>{most}),
             ContainsSubstring("levels from -2.72226e+39 to 2.38198e+39: no float is that large"));
  // Half of the range has levels: of 255 steps 128 are below zero, -128 * S = -most / 2 * 256 / 255.
  const jacob_affine<8> half{-most / 2, most / 2};
  CHECK(encode(half, x).code(0, 0) == half.zero_point());
  CHECK((is_finite(decode(half, 0)) && is_finite(decode(half, 255))));
}

}  // namespace test_encode
