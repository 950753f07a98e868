// A convolution of the library against the naive one.
#pragma once

#include <thread>

#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/encode/encode_tensor.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/naive_conv.hpp"

namespace test {

using namespace lowbit;

/// One thread per part, as many parts as were requested.
struct some_threads {
  index_t threads = 1;
  [[nodiscard]] index_t concurrency() const noexcept { return threads; }
  template <class F>
  void parallel_for(index_t n, const F& f) const {
    std::vector<std::thread> running;
    for (index_t i = 0; i < n; ++i) running.emplace_back([&f, i] { f(i); });
    for (std::thread& one : running) one.join();
  }
};

/// Outside the templates of the ISA: an assertion is long code.
inline void check_sums(const matrix<std::int32_t>& sums, const matrix<std::int64_t>& expected) {
  CHECK(first_difference(sums, expected) == "");
}

/// Random images and filters of one case, with the sums that the definition gives.
template <class A, class W, class P>
struct conv_data {
  conv_case what;
  packed_tensor<A> images;
  packed_tensor<W> filters;
  matrix<std::int64_t> sums;

  conv_data(const conv_case& c, std::uint64_t salt, fill kind = fill::uniform) : what(c) {
    auto random = generator(salt);
    const tensor_shape f{c.out_channels, c.w.vertical.size, c.w.horizontal.size,
                         c.in.channels / c.groups};
    const auto a = random_codes<A>(c.in.pixels(), c.in.channels, kind, side::lhs, random);
    const auto b = random_codes<W>(f.pixels(), f.channels, kind, side::rhs, random);
    images = pack<A>(nhwc(a.view(), c.in));
    filters = pack<W>(nhwc(b.view(), f));
    sums = naive_conv<A, W>(a, b, c, P::value);
  }
  [[nodiscard]] conv2d<A, W, P> layer() const { return {filters, what.w, what.groups}; }
  [[nodiscard]] std::string name() const {
    std::ostringstream out;
    out << what << ", " << A::name << ' ' << A::plane_count << " x " << W::name << ' '
        << W::plane_count << ", padding " << P::value;
    return out.str();
  }
};

}  // namespace test
