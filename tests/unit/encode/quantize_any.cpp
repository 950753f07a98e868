// quantize() by a quantizer that is a value gives the codes and levels of the typed one.
#include "lowbit/encode/quantize_any.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "lowbit/quantize/methods/kmeans.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

namespace test_quantize_any {

using namespace lowbit;

namespace {

template <class Q>
void require_same(const Q& q) {
  auto random = test::generator(77);
  const auto x = test::random_floats(5, 130, random);
  for (const granularity grain :
       {per::tensor, per::row, per::token, per::group<48>, per::pixel<40>}) {
    INFO(Q::encoding::name << ", grain " << static_cast<int>(grain.kind));
    const auto typed = [&] {
      if constexpr (fitted<Q>)
        return quantize(per_group(q, grain), x.view());
      else
        return quantize(q, x.view());
    }();
    if (!(typed.grain() == grain)) continue;
    const auto any = quantize(any_quantizer(q), grain, x.view());
    CHECK(any.codes() == packed_matrix<any_encoding>(packed_matrix(typed.codes())));
    CHECK(dequantize(any) == dequantize(typed));
    CHECK(any.has_offsets() == typed.has_offsets());
    CHECK(matmul(any, any) == matmul(typed, typed));
  }
}

}  // namespace

TEST_CASE("quantizers that are values quantize as typed ones do", "[encode]") {
  INFO(test::reproduce());
  require_same(twn<>{});
  require_same(lsq<4>{});
  require_same(jacob_weight<8>{});
  require_same(dorefa_weight<3>{});
  require_same(kmeans<2>{});
  require_same(lq_weight<2>{});
}

TEST_CASE("empty matrices, chance and wrong groups", "[encode]") {
  const matrix<float> none(0, 10), empty(3, 0), x(2, 10);
  CHECK(quantize(any_quantizer(lsq<4>{}), per::row, none.view()).rows() == 0);
  CHECK(quantize(any_quantizer(lsq<4>{}), per::tensor, empty.view()).depth() == 0);
  CHECK(quantize(any_quantizer(stochastic_sign<>{}), per::tensor, x.view()).codes().code(1, 9) ==
        1);
  CHECK_THROWS_WITH(
      quantize(any_quantizer(twn<>{}), granularity{granularity::map::group, 0}, x.view()),
      Catch::Contains("a group of 0 elements"));
}

}  // namespace test_quantize_any
