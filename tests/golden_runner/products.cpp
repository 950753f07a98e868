// Golden operations of products: packed, multiplied on every ISA, which must agree; and batch norm
// as thresholds.
#include "golden_products.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"
#include "lowbit/tensor/words.hpp"

namespace test_products {

using namespace lowbit;
using golden::context;
using golden::floats;
using golden::packed;
using golden::product;
using golden::rows_of;
using golden::transposed;

namespace {

void xnor_dot(context& c) {
  const auto k = c.param<index_t>("K");
  const auto a = from_words<binary>(golden::words(c.in.at("a")), 1, k),
             b = from_words<binary>(golden::words(c.in.at("b")), 1, k);
  const auto dot = product(c, a.view(), b.view())(0, 0);
  c.out.set("dot", static_cast<double>(dot));
  c.out.set("popcount_xor", static_cast<double>(k - dot) / 2);
}

void ternary_dot(context& c) {
  const auto k = c.param<index_t>("K");
  const auto ternary_of = [&](const char* plus, const char* minus) {
    const auto p = golden::words(c.in.at(plus)), n = golden::words(c.in.at(minus));
    std::vector<word> words;
    for (std::size_t i = 0; i < p.size(); ++i) words.push_back(p[i] | n[i]);
    words.insert(words.end(), n.begin(), n.end());
    return from_words<ternary>(words, 1, k);
  };
  const auto a = ternary_of("pa", "na"), b = ternary_of("pb", "nb");
  const auto bits = from_words<binary>(golden::words(c.in.at("bin")), 1, k);
  c.out.set("dot", product(c, a.view(), b.view()));
  c.out.set("dot_bin", product(c, a.view(), bits.view()));
}

void bitplane_first_layer(context& c) {
  const auto x =
      packed<unsigned_bits<8>>(rows_of<std::int32_t>(c.in.at("x")), [](int v) { return v; });
  const auto w =
      packed<binary>(rows_of<std::int32_t>(c.in.at("w")), [](int v) { return v > 0 ? 1 : 0; });
  c.out.set("s", product(c, x.view(), w.view()));
  const auto planes_of_x = pack<planes<8, plane_kind::unipolar>>(unpack(x).view());
  matrix<std::int32_t> dots(w.rows(), 8);
  for (int p = 0; p < 8; ++p) {
    const auto dot = product(c, planes_of_x.view().plane(p), w.view());
    for (index_t n = 0; n < w.rows(); ++n) dots(n, p) = dot(0, n);
  }
  c.out.set("plane_dot", dots);
}

/// Unsigned bytes with zero points: acc = raw - Z2 (sums of q1) - Z1 (sums of q2) + K Z1 Z2. A quantized matrix keeps
/// the sums.
void affine_gemm(context& c) {
  const auto with_sums = [](const matrix<std::int32_t>& q) {
    return quantized_matrix<unsigned_bits<8>>(packed<unsigned_bits<8>>(q, [](int v) { return v; }),
                                              per::tensor, buffer<affine>(1));
  };
  const auto x = with_sums(rows_of<std::int32_t>(c.in.at("q1")));
  const auto y = with_sums(transposed(rows_of<std::int32_t>(c.in.at("q2"))));
  const auto zero_x = c.param<std::int32_t>("Z1"), zero_y = c.param<std::int32_t>("Z2");
  const auto raw = product(c, x.codes().view(), y.codes().view());
  std::vector<std::int32_t> x_sums, y_sums, sums;
  for (index_t m = 0; m < x.rows(); ++m) x_sums.push_back(x.sum(m));
  for (index_t n = 0; n < y.rows(); ++n) y_sums.push_back(y.sum(n));
  for (index_t m = 0; m < x.rows(); ++m)
    for (index_t n = 0; n < y.rows(); ++n)
      sums.push_back(raw(m, n) - zero_y * x.sum(m) - zero_x * y.sum(n) +
                     static_cast<std::int32_t>(x.depth()) * zero_x * zero_y);
  c.out.set("raw", raw);
  c.out.set("row_sum_q1", x_sums);
  c.out.set("col_sum_q2", y_sums);
  c.out.set("acc", sums);
}

std::int64_t floor_half(std::int64_t x) { return x >= 0 ? x / 2 : -((1 - x) / 2); }

/// The file's form of a threshold: mode +1: x >= T, mode -1: x <= T, mode 0: a constant; T
/// saturates at +-(K + 1).
void bn_sign_fuse(context& c) {
  const auto k = c.param<std::int32_t>("K");
  const auto x = floats<std::int32_t>(c.in.at("x"));
  const auto gamma = floats<float>(c.in.at("gamma"));
  const batch_norm bn(gamma, floats<float>(c.in.at("beta")), floats<float>(c.in.at("mean")),
                      floats<float>(c.in.at("var")), c.param<float>("eps"));
  const thresholds t = threshold(bn, k);
  matrix<std::int32_t> codes(t.size(), static_cast<index_t>(x.size()));
  std::vector<std::int64_t> mode, bound, popcount;
  for (index_t n = 0; n < t.size(); ++n) {
    for (index_t i = 0; i < codes.cols(); ++i) {
      const std::int32_t sum = x[static_cast<std::size_t>(i)];
      codes(n, i) = t(sum, n) ? 1 : 0;
      if (t(sum, n) == is_negative(bn(static_cast<float>(sum), n)))
        c.failures.push_back("a threshold differs from its batch norm");
    }
    const float g = gamma[static_cast<std::size_t>(n)];
    mode.push_back(g > 0 ? 1 : g < 0 ? -1 : 0);
    const bool always = t(-k, n) && t(k, n), never = !t(-k, n) && !t(k, n);
    const std::int64_t edge = t.bound(n);
    bound.push_back(mode.back() == 0  ? 0
                    : mode.back() > 0 ? (always               ? -k - 1
                                         : never && t.flip(n) ? k + 1
                                                              : edge)
                                      : (always && !t.flip(n) ? k + 1
                                         : never              ? -k - 1
                                                              : edge - 1));
    popcount.push_back(mode.back() == 0  ? 0
                       : mode.back() > 0 ? floor_half(k - bound.back())
                                         : -floor_half(bound.back() - k));
  }
  c.out.set("codes", codes);
  c.out.set("mode", mode);
  c.out.set("threshold_int", bound);
  c.out.set("threshold_popcount", popcount);
}

const golden::operations registered{
    {"affine_gemm", affine_gemm},   {"bitplane_first_layer", bitplane_first_layer},
    {"bn_sign_fuse", bn_sign_fuse}, {"ternary_dot", ternary_dot},
    {"xnor_dot", xnor_dot},
};

}  // namespace

}  // namespace test_products
