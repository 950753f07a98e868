// encode/quantize.hpp: packed codes and levels of every quantizer, for every granularity, on every
// ISA, from any memory.
#include "lowbit/encode/quantize.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "lowbit/tensor/pack.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/quantizers.hpp"
#include "support/random_codes.hpp"
#include "support/tails.hpp"

namespace test_quantize {

using namespace lowbit;

namespace {

const random_stream stream(99);

/// quantize() with whatever arguments the quantizer needs.
template <class Q>
auto quantize_any(any_isa isa, const Q& q, matrix_view<const float> x) {
  if constexpr (stochastic_quantizer<Q>)
    return quantize(q, x, stream, on(isa));
  else
    return quantize(q, x, on(isa));
}

/// What quantize() must give for one element, from encode() alone.
template <class Q>
code_t expected_code(const Q& q, matrix_view<const float> x, index_t r, index_t c) {
  if constexpr (stochastic_quantizer<Q>)
    return encode(q, x(r, c), stream.uniform(r * x.cols() + c));
  else
    return encode(q, x(r, c));
}

template <class Q>
void check_tensor(const Q& q, const matrix<float>& x) {
  const Q fit = test::fit_to(
      q, std::span<const float>(x.data(), static_cast<std::size_t>(x.rows() * x.cols())));
  test::on_every_isa([&](any_isa isa) {
    const auto m = quantize_any(isa, q, x.view());
    REQUIRE((m.rows() == x.rows() && m.depth() == x.cols()));
    REQUIRE(test::zero_tails(m.codes()));
    REQUIRE(m.grain() == per::tensor);
    REQUIRE((m.scale(0) == fit.levels().scale && m.offset(0) == fit.levels().offset));
    for (index_t r = 0; r < x.rows(); ++r) {
      std::int32_t sum = 0;
      for (index_t c = 0; c < x.cols(); ++c) {
        const code_t code = expected_code(fit, x.view(), r, c);
        REQUIRE(int{m.codes().code(r, c)} == int{code});
        REQUIRE(m.real(r, c) == decode(fit, code));
        sum += value<typename Q::encoding>(code);
      }
      REQUIRE(m.sum(r) == sum);
    }
  });
}

}  // namespace

TEST_CASE("quantize gives encode's codes for every kind of quantizer, shape and ISA", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(310);
  for (const index_t cols : {0, 1, 5, 63, 64, 65, 130, 200}) {
    const auto x = test::random_floats(3, cols, random);
    test::for_each_sampled_quantizer([&](const auto& entry) {
      INFO(entry.name << ", 3x" << cols);
      check_tensor(typename std::remove_cvref_t<decltype(entry)>::policy{}, x);
    });
  }
  test::for_each_sampled_quantizer([&](const auto& entry) {
    INFO(entry.name << ", no rows");
    check_tensor(typename std::remove_cvref_t<decltype(entry)>::policy{}, matrix<float>(0, 7));
  });
}

TEST_CASE("quantize gives encode's codes for numbers that are none", "[ops]") {
  matrix<float> x(1, 70);
  const float special[] = {std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(),
                           std::nanf(""),
                           -std::nanf(""),
                           -0.0f,
                           0.0f,
                           1e-44f,
                           -1e-44f,
                           std::numeric_limits<float>::max(),
                           std::numeric_limits<float>::lowest(),
                           0.5f,
                           1.0f};
  for (index_t c = 0; c < 70; ++c) x(0, c) = special[c % 12];
  test::for_each_sampled_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name);
    if constexpr (!fitted<Q>) check_tensor(Q{}, x);
  });
}

TEST_CASE("quantize fits rows, tokens and groups on their own", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(311);
  const auto x = test::random_floats(4, 150, random);
  struct grain_case {
    granularity grain;
    index_t group;
  };
  for (const grain_case& c : {grain_case{per::row, 150}, grain_case{per::token, 150},
                              grain_case{per::group<64>, 64}, grain_case{per::group<40>, 40},
                              grain_case{per::group<1>, 1}, grain_case{per::group<500>, 500}})
    test::for_each_sampled_quantizer([&](const auto& entry) {
      using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
      INFO(entry.name << ", group " << c.group);
      if constexpr (fitted<Q>) {
        test::on_every_isa([&](any_isa isa) {
          const auto m = quantize(per_group(Q{}, c.grain), x.view(), on(isa));
          REQUIRE(test::zero_tails(m.codes()));
          REQUIRE(m.grain() == c.grain);
          for (index_t r = 0; r < 4; ++r)
            for (index_t first = 0; first < 150; first += c.group) {
              const index_t size = std::min(c.group, 150 - first);
              const Q fit = Q{}.fit(x.row(r).subspan(static_cast<std::size_t>(first),
                                                     static_cast<std::size_t>(size)));
              std::int32_t sum = 0;
              for (index_t k = first; k < first + size; ++k) {
                REQUIRE(m.real(r, k) == decode(fit, encode(fit, x(r, k))));
                sum += value<typename Q::encoding>(encode(fit, x(r, k)));
              }
              REQUIRE(m.sum(r, first / c.group) == sum);
            }
        });
      }
    });
}

TEST_CASE("quantize: strided, unaligned and guarded memory give the same words", "[ops]") {
  INFO(test::reproduce());
  auto random = test::generator(312);
  for (const index_t cols : {1, 63, 64, 65, 150}) {
    const auto x = test::random_floats(3, cols, random);
    for (const index_t gap : {0, 1, 13})
      for (const std::size_t shift : {std::size_t{0}, std::size_t{4}, std::size_t{20}}) {
        // The last row ends at a forbidden page; gaps hold infinities, which no fit accepts.
        const index_t stride = cols + gap;
        test::guarded_buffer<float> memory(static_cast<std::size_t>(2 * stride + cols),
                                           test::edge::end, shift);
        for (float& f : memory.span()) f = std::numeric_limits<float>::infinity();
        for (index_t r = 0; r < 3; ++r)
          for (index_t c = 0; c < cols; ++c) memory.data()[r * stride + c] = x(r, c);
        const matrix_view<const float> strided(memory.data(), 3, cols, stride);
        test::for_each_sampled_quantizer([&](const auto& entry) {
          using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
          INFO(entry.name << ", 3x" << cols << ", gap " << gap << ", shift " << shift);
          const auto dense = quantize_any(isa::scalar{}, Q{}, x.view());
          test::on_every_isa([&](any_isa isa) {
            const auto m = quantize_any(isa, Q{}, strided);
            REQUIRE(m.codes() == dense.codes());
            REQUIRE(m.scale(0) == dense.scale(0));
          });
        });
      }
  }
}

TEST_CASE("stochastic_sign: the seed decides, and +1 comes with its probability", "[ops]") {
  matrix<float> x(64, 512);
  for (index_t r = 0; r < 64; ++r)
    for (index_t c = 0; c < 512; ++c) x(r, c) = static_cast<float>(r - 32) / 32;
  const auto once = quantize(stochastic_sign<>{}, x.view(), random_stream(5));
  CHECK(quantize(stochastic_sign<>{}, x.view(), random_stream(5)).codes() == once.codes());
  CHECK_FALSE(quantize(stochastic_sign<>{}, x.view(), random_stream(6)).codes() == once.codes());
  CHECK_FALSE(quantize(stochastic_sign<>{}, x.view(), random_stream(5, 1)).codes() == once.codes());
  for (index_t r = 0; r < 64; ++r) {
    const double p = (static_cast<double>(x(r, 0)) + 1) / 2;
    const double mean = (static_cast<double>(once.sum(r)) / 512 + 1) / 2;
    INFO("x = " << x(r, 0));
    CHECK(std::abs(mean - p) <= 5 * std::sqrt(p * (1 - p) / 512));
  }
}

TEST_CASE("quantize passes on what a fit reports", "[ops]") {
  matrix<float> x(2, 3);
  x(1, 1) = std::numeric_limits<float>::infinity();
  CHECK(test::error_of([&] { (void)quantize(twn<>{}, x.view()); }) ==
        "twn: cannot fit: element 4 of 6 is inf");
  CHECK(test::error_of([&] { (void)quantize(per_group(twn<>{}, per::row), x.view()); }) ==
        "twn: cannot fit: element 1 of 3 is inf");
}

}  // namespace test_quantize
