// lowbit/pooling/any_code_pool.hpp – the largest code under a window, for the codes of any quantizer.
//
// A quantizer sends greater floats to codes further in its list of intervals (epilogue/code_boundaries.hpp). So the
// code of the largest float has the highest rank among the codes. Where ranks are the codes themselves, or the codes
// with some bits inverted, planes are compared 64 channels at a time from the top:
//
//     greater |= equal & a_p & ~b_p;  equal &= ~(a_p ^ b_p)        p = K - 1 ... 0, planes of ranks
//
// Other orders (ternary codes, tables) are looked up, channel by channel.
#ifndef LOWBIT_POOLING_ANY_CODE_POOL_HPP
#define LOWBIT_POOLING_ANY_CODE_POOL_HPP

#include "lowbit/epilogue/code_boundaries.hpp"
#include "lowbit/pooling/code_pool.hpp"

LOWBIT_BEGIN

/// The order of a quantizer's codes: that of the floats.
class code_order {
 public:
  code_order() = default;
  explicit code_order(const code_boundaries& codes) : lowest_(codes.code(0)) {
    for (index_t i = 0; i <= codes.size(); ++i) {
      ranks_[codes.code(i)] = static_cast<code_t>(i);
      by_planes_ = by_planes_ && i == (codes.code(i) ^ lowest_);
    }
  }
  /// Whether the rank of every code is code ^ lowest().
  [[nodiscard]] bool by_planes() const noexcept { return by_planes_; }
  [[nodiscard]] code_t lowest() const noexcept { return lowest_; }
  [[nodiscard]] code_t rank(code_t code) const noexcept { return ranks_[code]; }

 private:
  code_t ranks_[256] = {};
  code_t lowest_ = 0;
  bool by_planes_ = true;
};

namespace detail::pooling {

/// best = the higher of best and x, word by word; planes lie apart by the strides.
inline void store_higher(const code_order& order, int plane_count, word* best, index_t best_stride,
                         const word* x, index_t x_stride, index_t words) noexcept {
  for (index_t i = 0; i < words; ++i) {
    word take = 0, equal = ~word{0};
    for (int p = plane_count - 1; p >= 0; --p) {
      const word flip = (order.lowest() >> p & 1) != 0 ? ~word{0} : 0;
      const word a = x[p * x_stride + i] ^ flip, b = best[p * best_stride + i] ^ flip;
      take |= equal & a & ~b;
      equal &= ~(a ^ b);
    }
    if (!order.by_planes()) {
      const auto code = [&](const word* from, index_t stride, int bit) {
        unsigned bits = 0;
        for (int p = 0; p < plane_count; ++p)
          bits |= static_cast<unsigned>(from[p * stride + i] >> bit & 1) << p;
        return static_cast<code_t>(bits);
      };
      take = 0;
      for (int bit = 0; bit < static_cast<int>(word_bits); ++bit)
        if (order.rank(code(x, x_stride, bit)) > order.rank(code(best, best_stride, bit)))
          take |= word{1} << bit;
    }
    for (int p = 0; p < plane_count; ++p) {
      word& b = best[p * best_stride + i];
      b ^= (b ^ x[p * x_stride + i]) & take;
    }
  }
}

}  // namespace detail::pooling

/// out(n, y, x, c) = the code of the highest rank under window (y, x). Cost: about eight operations per plane, tap and
/// 64 channels; for other orders a look-up per tap and channel. Allocates nothing. Errors: the window does not fit or
/// lies on the padding alone; out has another shape, layout or format.
template <executor Executor = serial_executor>
void max_pool(packed_tensor_view<any_encoding> x, const window& w, const code_order& order,
              packed_tensor<any_encoding>& out, const Executor& where = {}) {
  detail::pooling::require_pooled(x, w, out, "max_pool");
  detail::encoding::require_same_format("max_pool", {"the images are", x.format()},
                                        {"the output holds", out.format()});
  const index_t words = x.layout().words(), from_stride = x.plane_stride(),
                to_stride = out.pixels().plane_stride();
  const int planes = x.plane_count();
  detail::pooling::pool_taps(
      x, w, out, where,
      [&](word* best, const word* from) {
        for (int p = 0; p < planes; ++p)
          for (index_t k = 0; k < words; ++k) best[p * to_stride + k] = from[p * from_stride + k];
      },
      [&](word* best, const word* from) {
        detail::pooling::store_higher(order, planes, best, to_stride, from, from_stride, words);
      },
      [](word*) {});
}

LOWBIT_END

#endif
