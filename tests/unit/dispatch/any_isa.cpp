// dispatch/any_isa.hpp: an ISA as a value is what its tag is, to every operation.
#include "lowbit/encode/quantize.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"

namespace test_any_isa {

using namespace lowbit;

TEST_CASE("an any_isa stands for its tag", "[dispatch]") {
  static_assert(isa_tag<any_isa> && isa_tag<isa::portable> && !isa_tag<int>);
  constexpr any_isa portable = isa::portable{};
  STATIC_REQUIRE(portable == any_isa(isa::portable{}));
  STATIC_REQUIRE_FALSE(portable == any_isa(isa::scalar{}));
  test::on_every_tag([](auto tag) {
    const any_isa value = tag;
    CHECK(std::string(value.name) == tag.name);
    const auto is_the_tag = [&](auto other) {
      return std::is_same_v<decltype(other), decltype(tag)>;
    };
    CHECK(with_isa(value, is_the_tag));
    CHECK(with_isa(tag, is_the_tag));
    CHECK(is_reference(value) == is_reference(tag));
    CHECK(is_reference(tag) == (std::string(tag.name) == "scalar"));
  });
  CHECK(active_isa() == std::string(chosen_isa().name));
}

TEST_CASE("operations do the same with a tag and with its any_isa", "[dispatch]") {
  matrix<float> x(9, 130), y(20, 130);
  const random_stream random(40);
  for (index_t i = 0; i < 9 * 130; ++i) x.data()[i] = 2 * random.uniform(i) - 1;
  for (index_t i = 0; i < 20 * 130; ++i) y.data()[i] = 2 * random.uniform(5000 + i) - 1;
  test::on_every_tag([&](auto tag) {
    const any_isa value = tag;
    const auto a = quantize(sign{}, x.view(), on(tag)), b = quantize(sign{}, y.view(), on(tag));
    CHECK(a.codes() == quantize(sign{}, x.view(), on(value)).codes());
    const auto sums = gemm(a.codes(), b.codes(), on(tag));
    CHECK(sums == gemm(a.codes(), b.codes(), on(value)));
    CHECK(sums == gemm(a.codes(), prepare(b.codes(), on(value)), on(tag)));
    CHECK(sums == gemm(a.codes(), prepare(b.codes(), on(tag)), on(value)));
    CHECK(matmul(a, b, on(tag)) == matmul(a, b, on(value)));
  });
}

}  // namespace test_any_isa
