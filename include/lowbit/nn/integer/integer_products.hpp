// lowbit/nn/integer/integer_products.hpp – the loops of training with integers: products, and moves of weights.
#ifndef LOWBIT_NN_INTEGER_INTEGER_PRODUCTS_HPP
#define LOWBIT_NN_INTEGER_INTEGER_PRODUCTS_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/floats/product.hpp"
#include "lowbit/nn/integer/shifts.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A matrix whose rows are multiplied along its columns, or the other way round.
[[nodiscard]] inline kernel::integer_operand by_rows(const matrix<std::int32_t>& m) noexcept {
  return {m.data(), m.cols(), 1};
}
[[nodiscard]] inline kernel::integer_operand by_columns(const matrix<std::int32_t>& m) noexcept {
  return {m.data(), 1, m.cols()};
}

/// c(i, j) = sum over s < steps of a(i, s) b(j, s). Sums must fit 32 bits.
template <executor Executor>
void multiply_integers(const kernel::integer_operand& a, const kernel::integer_operand& b,
                       index_t steps, matrix<std::int32_t>& c, const Executor& where) {
  const index_t cols = c.cols();
  executors::for_each_share(where, c.rows(), cols * steps / 64, [&](index_t first, index_t end) {
    with_isa(isa_of(where), [&]<class Tag>(Tag) {
      kernel::multiply_dense(arch::vectors_on<Tag>{},
                             kernel::integer_operand{a.data + first * a.across, a.across, a.along},
                             end - first, b, cols, steps, c.data() + first * cols, cols, false);
    });
  });
}

/// A layer's weights and how they move.
struct weight_moves {
  const std::int32_t* gradient;
  std::int32_t *stored, *used;
  index_t count;
  int shift;      ///< from gradients to moves
  int use_shift;  ///< from stored weights to used ones
  std::int32_t most_stored, most_used;
};

/// stored -= gradient / 2^shift, rounded at random; used = the nearest stored / 2^use_shift. Number i of the stream
/// belongs to weight i.
inline void move_weights(const weight_moves& m, const random_stream& stream) noexcept {
  constexpr index_t together = 64;
  const auto move = [&](index_t i, std::uint32_t random) LOWBIT_INLINE_LAMBDA {
    using namespace lowbit::nn;
    const std::int32_t by = m.shift > 0 ? stochastic_shifted(m.gradient[i], m.shift, random)
                                        : shifted(m.gradient[i], m.shift);
    const std::int32_t now = clipped(m.stored[i] - by, m.most_stored);
    m.stored[i] = now;
    m.used[i] = clipped(shifted(now, m.use_shift), m.most_used);
  };
  index_t first = 0;
  for (; first + together <= m.count; first += together) {
    std::uint32_t random[together];
    stream.many_bits(first, random);
    for (index_t i = 0; i < together; ++i) move(first + i, random[i]);
  }
  for (; first < m.count; ++first) move(first, stream.bits(first));
}

}  // namespace detail::nn
LOWBIT_END

#endif
