// lowbit/pooling/code_pool.hpp – the largest and the smallest code under a window, on planes.
//
// Sign is monotone, so the maximum of signs is the sign of the maximum. On bits it is an OR: 64 channels per
// instruction. Codes of more planes are compared plane by plane from the top. Planes are ordered by value: a top bit
// that counts negatively is inverted first.
//
//     binary    max = a | b        min = a & b
//     K bits    greater |= equal & a_p & ~b_p;  equal &= ~(a_p ^ b_p)    p = K - 1 ... 0
//               max_p = greater ? a_p : b_p
//     ternary   max is +1 where one is +1, -1 where both are, 0 elsewhere
//
// The padding is empty: it is never the largest. A network that pools before its batch norm and sign pools the bits
// instead. It takes OR in channels whose function is increasing, AND where it is decreasing (gamma < 0). That is
// pool_signs().
//
//     auto y = lowbit::max_pool(x.view(), lowbit::square_window(2, 2));
//     lowbit::max_pool(x.view(), w, y);                        into y, whose memory is used again
//
// Source: quantized max-pooling is common knowledge of the field; the fold with decreasing thresholds is in
// Umuroglu et al., "FINN", arXiv:1612.07119, section 4.2.3.
#ifndef LOWBIT_POOLING_CODE_POOL_HPP
#define LOWBIT_POOLING_CODE_POOL_HPP

#include "lowbit/core/for_each_window.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/epilogue/multi_threshold.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::pooling {

/// best = the larger (or smaller) of best and x, word by word; planes lie apart by the strides.
template <plane_code E, bool Largest>
void store_extreme(word* best, index_t best_stride, const word* x, index_t x_stride,
                   index_t words) noexcept {
  for (index_t i = 0; i < words; ++i) {
    if constexpr (std::same_as<E, ternary>) {
      word &n = best[i], &g = best[best_stride + i];
      const word xn = x[i], xg = x[x_stride + i];
      const word plus = Largest ? (n & ~g) | (xn & ~xg) : (n & ~g) & (xn & ~xg);
      const word minus = Largest ? g & xg : g | xg;
      n = plus | minus;
      g = minus;
    } else {
      constexpr code_t lowest = multi_thresholds<E>::lowest;
      word take = 0, equal = ~word{0};
      for (int p = E::plane_count - 1; p >= 0; --p) {
        const word flip = ((lowest >> p & 1) != 0) == Largest ? ~word{0} : 0;
        const word a = x[p * x_stride + i] ^ flip, b = best[p * best_stride + i] ^ flip;
        take |= equal & a & ~b;
        equal &= ~(a ^ b);
      }
      for (int p = 0; p < E::plane_count; ++p) {
        word& b = best[p * best_stride + i];
        b ^= (b ^ x[p * x_stride + i]) & take;
      }
    }
  }
}

/// Windows without a tap on the image have no largest code. At most n + 2 windows are checked: the first window and
/// the first window behind the image. Where taps lie further apart than the image is long, windows that begin in front
/// of the image are checked, too. The first taps of these lie on different pixels, until the first window's pixel comes
/// again.
inline void require_inside(const window_axis& a, index_t n, const char* axis, const char* who) {
  const auto require_taps = [&](index_t o) {
    const core::tap_range taps = core::taps_inside(a, o, n);
    if (taps.first == taps.last) fail("%s: window %td %s lies on the padding alone", who, o, axis);
  };
  const index_t outputs = a.outputs(n);
  require_taps(0);
  const index_t in_front = a.dilation > n ? ceil_div(a.before, a.stride) : 0;
  for (index_t o = 1; o < min_of(min_of(outputs, in_front), n + 1); ++o) require_taps(o);
  const index_t behind = ceil_div(n + a.before, a.stride);
  if (behind < outputs) require_taps(behind);
}

[[nodiscard]] inline tensor_shape pooled_shape(tensor_shape in, const window& w, const char* who) {
  core::fail_if(core::window_problem(w), who);
  const tensor_shape out = core::output_shape(w, in, in.channels, who);
  if (in.batch == 0 || in.channels == 0) return out;
  require_inside(w.vertical, in.height, "down", who);
  require_inside(w.horizontal, in.width, "across", who);
  return out;
}

template <class E>
void require_pooled(packed_tensor_view<E> x, const window& w, const packed_tensor<E>& out,
                    const char* who) {
  const tensor_shape s = pooled_shape(x.shape(), w, who), to = out.shape();
  if (!(s == to) || !(x.layout() == out.layout()))
    fail("%s: the result is %tdx%tdx%tdx%td in segments of %td, the output %tdx%tdx%tdx%td of %td",
         who, s.batch, s.height, s.width, s.channels, x.layout().segment(), to.batch, to.height,
         to.width, to.channels, out.layout().segment());
}

/// For every pixel of `out`: first(its words, words of the first tap), then next(its words, words of the tap) for each
/// further tap. Then last(its words).
template <class E, executor Executor, class First, class Next, class Last>
void pool_taps(packed_tensor_view<E> x, const window& w, packed_tensor<E>& out,
               const Executor& where, const First& first, const Next& next, const Last& last) {
  const tensor_shape in = x.shape(), s = out.shape();
  if (s.elements() == 0) return;
  packed_matrix<E>& pixels = out.mutable_pixels();
  const auto one = [&](const core::output_pixel& to, core::tap_range vertical,
                       core::tap_range horizontal) {
    word* const best = pixels.mutable_row(to.number);
    for (index_t a = vertical.first; a < vertical.last; ++a)
      for (index_t b = horizontal.first; b < horizontal.last; ++b) {
        const word* const from = x.pixel(to.image, core::tap_position(w.vertical, to.y, a),
                                         core::tap_position(w.horizontal, to.x, b));
        if (a == vertical.first && b == horizontal.first)
          first(best, from);
        else
          next(best, from);
      }
    last(best);
  };
  executors::for_each_share(
      where, s.batch * s.height, saturating_mul(s.width * pixels.row_stride(), w.taps()),
      [&](index_t begin, index_t end) { core::for_each_window(in, w, s, begin, end, one); });
}

/// The extreme codes under every window.
template <bool Largest, plane_code E, executor Executor>
void pool_extreme(packed_tensor_view<E> x, const window& w, packed_tensor<E>& out, const char* who,
                  const Executor& where) {
  require_pooled(x, w, out, who);
  const index_t words = x.layout().words(), from_stride = x.plane_stride(),
                to_stride = out.pixels().plane_stride();
  pool_taps(
      x, w, out, where,
      [&](word* best, const word* from) {
        for (int p = 0; p < E::plane_count; ++p)
          for (index_t k = 0; k < words; ++k) best[p * to_stride + k] = from[p * from_stride + k];
      },
      [&](word* best, const word* from) {
        store_extreme<E, Largest>(best, to_stride, from, from_stride, words);
      },
      [](word*) {});
}

}  // namespace detail::pooling

/// An encoding whose codes can be compared plane by plane.
template <class E>
concept ordered_encoding = full_encoding<E> || std::same_as<E, ternary>;

/// out(n, y, x, c) = the largest code under window (y, x). Cost: an OR per tap and word of channels for binary codes,
/// about eight operations per plane else; allocates nothing. Errors: the window does not fit or lies on the padding
/// alone; out has another shape or layout.
template <ordered_encoding E, executor Executor = serial_executor>
void max_pool(packed_tensor_view<E> x, const window& w, packed_tensor<E>& out,
              const Executor& where = {}) {
  detail::pooling::pool_extreme<true>(x, w, out, "max_pool", where);
}
/// The same as a new tensor, which is allocated.
template <ordered_encoding E, executor Executor = serial_executor>
[[nodiscard]] packed_tensor<E> max_pool(packed_tensor_view<E> x, const window& w,
                                        const Executor& where = {}) {
  packed_tensor<E> out(detail::pooling::pooled_shape(x.shape(), w, "max_pool"),
                       x.layout().segment());
  max_pool(x, w, out, where);
  return out;
}

/// out(n, y, x, c) = the smallest code under window (y, x). Cost and errors: as max_pool.
template <ordered_encoding E, executor Executor = serial_executor>
void min_pool(packed_tensor_view<E> x, const window& w, packed_tensor<E>& out,
              const Executor& where = {}) {
  detail::pooling::pool_extreme<false>(x, w, out, "min_pool", where);
}
/// The same as a new tensor, which is allocated.
template <ordered_encoding E, executor Executor = serial_executor>
[[nodiscard]] packed_tensor<E> min_pool(packed_tensor_view<E> x, const window& w,
                                        const Executor& where = {}) {
  packed_tensor<E> out(detail::pooling::pooled_shape(x.shape(), w, "min_pool"),
                       x.layout().segment());
  min_pool(x, w, out, where);
  return out;
}

/// Max-pools before the threshold, computed on bits after it. Makes the signs f(largest sum under the window, channel)
/// from the signs f(sum, channel) that these thresholds gave. It takes the largest sign in channels where f is
/// increasing, the smallest where f is decreasing. Allocates nothing. Errors: as max_pool; another number of
/// thresholds; channels in segments.
template <executor Executor = serial_executor>
void pool_signs(packed_tensor_view<binary> x, const window& w, const thresholds& channels,
                packed_tensor<binary>& out, const Executor& where = {}) {
  if (channels.size() != x.shape().channels || x.layout().segment() != 0)
    detail::fail("pool_signs: %td thresholds for images of %td channels in segments of %td",
                 channels.size(), x.shape().channels, x.layout().segment());
  detail::pooling::require_pooled(x, w, out, "pool_signs");
  // A decreasing function's sign is the inverted sign of an increasing one: invert, take the largest, invert.
  const index_t words = x.layout().words();
  const word* const flips = channels.flips();
  detail::pooling::pool_taps(
      x, w, out, where,
      [&](word* best, const word* from) {
        for (index_t k = 0; k < words; ++k) best[k] = from[k] ^ flips[k];
      },
      [&](word* best, const word* from) {
        for (index_t k = 0; k < words; ++k) best[k] |= from[k] ^ flips[k];
      },
      [&](word* best) {
        for (index_t k = 0; k < words; ++k) best[k] ^= flips[k];
      });
}

LOWBIT_END

#endif
