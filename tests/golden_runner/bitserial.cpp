// The golden operation of multi-bit products. It runs through the product of every pair of planes for any widths, and
// as the library's own product for the widths in the files.
#include "golden_products.hpp"
#include "lowbit/encoding/planes.hpp"

namespace test_bitserial {

using namespace lowbit;
using golden::context;
using golden::packed;
using golden::product;
using golden::rows_of;
using golden::transposed;

namespace {

using integers = matrix<std::int32_t>;

/// The weight of plane i of a K-bit code, and what is added to the weighted planes.
int weight(char mode, int bits, int plane) {
  if (mode == 's') return plane == bits - 1 ? -(1 << plane) : 1 << plane;
  return mode == 'b' ? 2 << plane : 1 << plane;
}
int offset(char mode, int bits) { return mode == 'b' ? 1 - (1 << bits) : 0; }

/// sum over k of value(a(m, k)) value(b(n, k)) from the counts of ones of all pairs of planes.
integers product_of_planes(context& c, const std::string& mode, int bits_a, int bits_b,
                           const integers& a, const integers& b) {
  const auto same = [](int code) { return code; };
  const auto x = packed<planes<8, plane_kind::unipolar>>(a, same);
  const auto y = packed<planes<8, plane_kind::unipolar>>(b, same);
  integers ones(1, a.cols());  // a row of ones counts the bits of a plane
  for (index_t k = 0; k < a.cols(); ++k) ones(0, k) = 1;
  const auto one = packed<unsigned_bits<1>>(ones, same);
  const int offset_a = offset(mode[0], bits_a), offset_b = offset(mode[1], bits_b);
  integers out(a.rows(), b.rows());
  const auto add = [&](int factor, auto&& part) {
    for (index_t m = 0; m < out.rows(); ++m)
      for (index_t n = 0; n < out.cols(); ++n) out(m, n) += factor * part(m, n);
  };
  for (int i = 0; i < bits_a; ++i)
    for (int j = 0; j < bits_b; ++j)
      add(weight(mode[0], bits_a, i) * weight(mode[1], bits_b, j),
          product(c, x.view().plane(i), y.view().plane(j)));
  for (int i = 0; i < bits_a; ++i) {
    const auto sums = product(c, x.view().plane(i), one.view());
    add(weight(mode[0], bits_a, i) * offset_b, [&](index_t m, index_t) { return sums(m, 0); });
  }
  for (int j = 0; j < bits_b; ++j) {
    const auto sums = product(c, y.view().plane(j), one.view());
    add(weight(mode[1], bits_b, j) * offset_a, [&](index_t, index_t n) { return sums(n, 0); });
  }
  add(offset_a * offset_b, [&](index_t, index_t) { return static_cast<int>(a.cols()); });
  return out;
}

template <class A, class B>
integers product_of_codes(context& c, const integers& a, const integers& b) {
  const auto same = [](int code) { return code; };
  return product(c, packed<A>(a, same).view(), packed<B>(b, same).view());
}

void bitserial_gemm(context& c) {
  static const std::map<std::string, integers (*)(context&, const integers&, const integers&)>
      widths{{"u1u1", product_of_codes<unsigned_bits<1>, unsigned_bits<1>>},
             {"u2u2", product_of_codes<unsigned_bits<2>, unsigned_bits<2>>},
             {"u8u3", product_of_codes<unsigned_bits<8>, unsigned_bits<3>>},
             {"s4u2", product_of_codes<signed_bits<4>, unsigned_bits<2>>},
             {"s8s8", product_of_codes<signed_bits<8>, signed_bits<8>>}};
  const int bits_a = c.param<int>("bits_a"), bits_b = c.param<int>("bits_b");
  const auto mode = c.param<std::string>("mode");
  if (mode.size() != 2 || mode.find_first_not_of("usb") != std::string::npos)
    throw std::runtime_error("mode " + mode + " is not known");
  const auto a = rows_of<std::int32_t>(c.in.at("a_codes"));
  const auto b = transposed(rows_of<std::int32_t>(c.in.at("b_codes")));
  const integers result = product_of_planes(c, mode, bits_a, bits_b, a, b);
  c.out.set("c", result);
  const auto exact = widths.find(mode.substr(0, 1) + std::to_string(bits_a) + mode.substr(1) +
                                 std::to_string(bits_b));
  if (exact != widths.end() && !(exact->second(c, a, b) == result))
    c.failures.push_back(exact->first + " differs from the sum over its planes");
}

const golden::operations registered{{"bitserial_gemm", bitserial_gemm}};

}  // namespace

}  // namespace test_bitserial
