// Transposed convolutions against the definition; and that images pass through a layer without an
// allocation.
#include "lowbit/convolution/transposed_conv2d.hpp"

#include "lowbit/pooling/code_pool.hpp"
#include "support/allocations.hpp"
#include "support/convolutions.hpp"
#include "support/matchers.hpp"

namespace test_transposed_conv2d {

using namespace lowbit;

namespace {

/// Every product of the definition, added where it falls.
template <class A, class W>
matrix<std::int64_t> naive(const packed_tensor<A>& x, const packed_tensor<W>& filters,
                           const window& w, index_t groups, tensor_shape out) {
  matrix<std::int64_t> sums(out.pixels(), out.channels);
  const tensor_shape in = x.shape(), f = filters.shape();
  for (index_t n = 0; n < in.batch; ++n)
    for (index_t y = 0; y < in.height; ++y)
      for (index_t u = 0; u < in.width; ++u)
        for (index_t o = 0; o < f.batch; ++o)
          for (index_t i = 0; i < f.height; ++i)
            for (index_t j = 0; j < f.width; ++j) {
              const index_t row = y * w.vertical.stride + i - w.vertical.before,
                            col = u * w.horizontal.stride + j - w.horizontal.before;
              if (row < 0 || row >= out.height || col < 0 || col >= out.width) continue;
              std::int64_t& sum = sums((n * out.height + row) * out.width + col, o);
              for (index_t c = 0; c < f.channels; ++c)
                sum +=
                    test::meaning(A{}, x.code(n, y, u, o / (f.batch / groups) * f.channels + c)) *
                    test::meaning(W{}, filters.code(o, i, j, c));
            }
  return sums;
}

template <class E>
packed_tensor<E> random_tensor(tensor_shape s, std::uint64_t salt) {
  auto random = test::generator(salt);
  const auto codes =
      test::random_codes<E>(s.pixels(), s.channels, test::fill::uniform, test::side::lhs, random);
  return pack<E>(nhwc(codes.view(), s));
}

template <class A, class W>
void check(tensor_shape in, index_t filters, const window& w, index_t groups) {
  const auto x = random_tensor<A>(in, 6000);
  const auto f =
      random_tensor<W>({filters, w.vertical.size, w.horizontal.size, in.channels / groups}, 6001);
  const transposed_conv2d<A, W> layer(f, w, groups);
  INFO(in.height << 'x' << in.width << ", window " << w.vertical.size << " s" << w.vertical.stride
                 << " - " << w.vertical.before << ", " << w.horizontal.size << " s"
                 << w.horizontal.stride << " - " << w.horizontal.before << '+' << w.horizontal.after
                 << ", groups " << groups);
  auto work = layer.workspace(in);
  const auto expected = naive(x, f, w, groups, work.output());
  test::on_every_isa([&](auto tag) {
    matrix<std::int32_t> sums(work.output().pixels(), filters);
    for (index_t i = 0; i < sums.rows() * filters; ++i) sums.data()[i] = 77;
    layer(x, work, store_integers{sums.view()}, on(tag));
    test::check_sums(sums, expected);
  });
}

}  // namespace

TEST_CASE("transposed convolutions are those of the definition on every ISA", "[conv]") {
  INFO(test::reproduce());
  const window windows[] = {square_window(2, 2),
                            square_window(4, 2, 1),
                            square_window(3, 2, 1),
                            square_window(3, 1, 1),
                            square_window(2, 3),
                            square_window(1, 2),
                            {{5, 3, 1, 4, 0}, {3, 2, 1, 2, 2}},
                            {{1, 1, 1, 0, 0}, {4, 3, 1, 3, 1}}};
  for (const window& w : windows)
    for (const index_t size : {3, 4}) {
      check<binary, binary>({2, size, 5, 33}, 18, w, 1);
      check<binary, binary>({1, 5, size, 40}, 6, w, 2);
    }
  check<ternary, unsigned_bits<2>>({1, 4, 3, 20}, 17, square_window(4, 2, 1), 1);
}

TEST_CASE("transposed convolutions that cannot be are refused", "[conv]") {
  using test::error_of;
  const packed_tensor<binary> f({4, 3, 3, 10});
  CHECK_THAT(error_of([&] { transposed_conv2d<binary, binary> l(f, square_window(3, 2, 3)); }),
             ContainsSubstring("cut by 3 and 3"));
  CHECK_THAT(error_of([&] { transposed_conv2d<binary, binary> l(f, square_window(3, 2, 1, 2)); }),
             ContainsSubstring("dilation 2"));
  CHECK_THAT(error_of([&] { transposed_conv2d<binary, binary> l(f, square_window(2, 2)); }),
             ContainsSubstring("filters of 3x3 for a window of 2x2"));
  const transposed_conv2d<binary, binary> layer(f, square_window(3, 2, 1));
  CHECK_THAT(error_of([&] {
               (void)layer.workspace({1, 3, 3, 11});
             }),
             ContainsSubstring("images of 3x3x11"));
  CHECK_THAT(error_of([&] {
               (void)layer.workspace({1, 0, 3, 10});
             }),
             ContainsSubstring("nothing is left"));
  CHECK(layer.output_shape({1, 1, 1, 10}) == tensor_shape{1, 1, 1, 4});
}

TEST_CASE("no call of a layer with a workspace allocates", "[conv]") {
  const tensor_shape in{1, 6, 5, 66};
  const auto x = random_tensor<binary>(in, 6002);
  const auto f = random_tensor<binary>({20, 3, 3, 33}, 6003);
  const conv2d<binary, binary> layer(f, square_window(3, 1, 1), 2);
  const transposed_conv2d<binary, binary> enlarging(f, square_window(3, 2), 2);
  auto work = layer.workspace(in);
  auto enlarged = enlarging.workspace(in);
  matrix<std::int32_t> sums(30, 20), more(enlarged.output().pixels(), 20);
  packed_tensor<binary> pooled({1, 3, 2, 66});
  const long before = test::allocations.calls;
  with_isa([&](auto tag) {
    for (int i = 0; i < 3; ++i) {
      layer(x, work, store_integers{sums.view()}, on(tag));
      enlarging(x, enlarged, store_integers{more.view()}, on(tag));
      max_pool(x.view(), square_window(2, 2), pooled);
    }
  });
  CHECK(test::allocations.calls == before);
  static_cast<void>(layer.workspace(in));
  CHECK(test::allocations.calls > before);  // it does count
}

}  // namespace test_transposed_conv2d
