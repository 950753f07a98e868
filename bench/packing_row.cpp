#include "packing_row.hpp"

#include <cstring>

#include "read_rate.hpp"

namespace bench {

row measure_sign_packing(index_t rows, index_t cols, const effort& how) {
  const lowbit::matrix<float> x = random_floats(rows, cols, 3);
  lowbit::matrix<float> copy(rows, cols);
  const auto bytes = static_cast<std::size_t>(rows * cols) * sizeof(float);
  if (!(lowbit::quantize(lowbit::sign{}, x.view()).codes() ==
        lowbit::quantize(lowbit::sign{}, x.view(), lowbit::on(lowbit::isa::scalar{})).codes()))
    throw std::runtime_error("sign packing differs from the scalar reference");

  const read_set set(bytes);
  const auto pack = [&] {
    const auto codes = lowbit::quantize(lowbit::sign{}, x.view());
    asm volatile("" : : "r"(codes.codes().view().data()) : "memory");
  };
  const auto move = [&] {
    std::memcpy(copy.data(), x.data(), bytes);
    asm volatile("" : : "r"(copy.data()) : "memory");
  };
  const turns taken = interleave({pack, move, [&] { set.read(); }}, how);

  const auto size = static_cast<double>(bytes);
  row result;
  result.task = "sign packing";
  result.shape = {rows, cols};
  result.isa = lowbit::active_isa();
  result.kernel = "quantize(sign)";
  result.threads = how.threads;
  result.rounds = static_cast<int>(taken[0].size());
  result.median_ns = median_ns(taken[0]);
  result.bytes_per_cycle = median_rate(taken[0], size);
  result.of_read = median_share(taken[0], size, taken[2], static_cast<double>(set.bytes()));
  result.rivals.push_back({"memcpy of the same input", "memcpy", median_ns(taken[1]), 0,
                           median_ratio(taken[1], taken[0])});
  return result;
}

}  // namespace bench
