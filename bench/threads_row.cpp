#include "threads_row.hpp"

#include <stdexcept>

#include "product_row.hpp"
#include "two_threads.hpp"

namespace bench {

row measure_two_threads(const product_shape& shape, effort how) {
  using namespace lowbit;
  const auto lhs = quantize(sign{}, random_floats(shape.m, shape.k, 1).view());
  const auto rhs = prepare(quantize(sign{}, random_floats(shape.n, shape.k, 2).view()).codes());
  matrix<std::int32_t> one(shape.m, shape.n), two(shape.m, shape.n);
  const candidate on_one = [&] { gemm(lhs.codes(), rhs, one.view()); };
  const candidate on_two = [&] { gemm(lhs.codes(), rhs, two.view(), two_threads()); };
  on_one();
  on_two();
  if (!(one == two))
    throw std::runtime_error("W1A1 " + shape.text() + ": two threads differ from one");

  row out;
  out.task = "W1A1, two threads";
  out.shape = {shape.m, shape.n, shape.k};
  out.isa = active_isa();
  out.kernel = kernel_name<binary, binary>();
  out.threads = how.threads = 2;
  const turns taken = interleave({on_two, on_one}, how);
  out.rounds = static_cast<int>(taken[0].size());
  out.median_ns = median_ns(taken[0]);
  out.mac_per_cycle = median_rate(taken[0], shape.mac());
  out.rivals = {{"lowbit on one thread", out.kernel, median_ns(taken[1]),
                 median_rate(taken[1], shape.mac()), median_ratio(taken[1], taken[0])}};
  return out;
}

}  // namespace bench
