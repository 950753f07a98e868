// lowbit/ops/real_pool.hpp – pooling of real images, and the averages of packed ones.
//
//     max_pool(x, w, out)              the largest number under each window
//     average_pool(x, w, out)          float(sum in double, tap after tap / taps on the image)
//     global_average_pool(x, out)      the same over the whole image: a row an image
//     average_pool(q, codes, w, out)   of the numbers that a quantizer's codes stand for
//
// Nothing lies beyond the border: it is neither largest nor part of an average. The average does not
// commute with sign, unlike the maximum (ops/max_pool.hpp), so networks on bits take it of real numbers,
// or of codes at their end. Sums have one order, so results do not depend on ISA or threads. Pixels with
// their channels side by side (nhwc) are read fastest.
#ifndef LOWBIT_OPS_REAL_POOL_HPP
#define LOWBIT_OPS_REAL_POOL_HPP

#include <limits>

#include "lowbit/ops/max_pool.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN
namespace detail::ops {

inline void require_real_pooled(tensor_shape in, const window& w, tensor_shape out,
                                const char* who) {
  core::require_result(who, pooled_shape(in, w, who), out);
}

/// Channels that are pooled together: a few cache lines of every tap, so that the loops around cost little.
inline constexpr index_t pool_lanes = 64;

/// f(lane) for the first `count` of them; with all the loop has a length that compilers know.
template <class F>
LOWBIT_INLINE void for_each_channel(index_t count, const F& f) noexcept {
  if (count == pool_lanes)
    for (index_t i = 0; i < pool_lanes; ++i) f(i);
  else
    for (index_t i = 0; i < count; ++i) f(i);
}

/// f(n, y, x, first channel, channels, taps down, taps across) for every piece of channels of `out`.
template <executor Executor, class F>
void for_each_piece(tensor_shape in, const window& w, tensor_shape out, const Executor& on,
                    const F& f) {
  const index_t rows = out.batch * out.height;
  const index_t parts = row_parts(on, rows, out.width * out.channels * w.taps() / 2);
  in_parts(on, parts, [&](index_t part) {
    for (index_t r = rows * part / parts; r < rows * (part + 1) / parts; ++r)
      for (index_t x = 0; x < out.width; ++x) {
        const index_t n = r / out.height, y = r % out.height;
        const tap_range down = taps_inside(w.down, y, in.height),
                        across = taps_inside(w.across, x, in.width);
        for (index_t c = 0; c < out.channels; c += pool_lanes)
          f(n, y, x, c, out.channels - c < pool_lanes ? out.channels - c : pool_lanes, down,
            across);
      }
  });
}

/// Lanes begin at `start`; lane = next(lane, number) for the numbers of all taps; out = end(lane, taps).
template <class Lane, class T, executor Executor, class Start, class Next, class End>
void pool_reals(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
                const Executor& on, const Start& start, const Next& next, const End& end) {
  for_each_piece(x.shape, w, out.shape, on,
                 [&](index_t n, index_t y, index_t i, index_t c, index_t count, tap_range down,
                     tap_range across) {
                   Lane lane[pool_lanes];
                   for (index_t k = 0; k < pool_lanes; ++k) lane[k] = start;
                   for (index_t a = down.first; a < down.last; ++a)
                     for (index_t b = across.first; b < across.last; ++b) {
                       const T* const from =
                           &x(n, y * w.down.stride + a * w.down.dilation - w.down.before,
                              i * w.across.stride + b * w.across.dilation - w.across.before, c);
                       if (x.channel_stride == 1)
                         for_each_channel(count, [&](index_t k) LOWBIT_INLINE_LAMBDA {
                           lane[k] = next(lane[k], from[k]);
                         });
                       else
                         for_each_channel(count, [&](index_t k) LOWBIT_INLINE_LAMBDA {
                           lane[k] = next(lane[k], from[k * x.channel_stride]);
                         });
                     }
                   const index_t taps = (down.last - down.first) * (across.last - across.first);
                   float* const to = &out(n, y, i, c);
                   for_each_channel(count, [&](index_t k) LOWBIT_INLINE_LAMBDA {
                     to[k * out.channel_stride] = end(lane[k], taps);
                   });
                 });
}

[[nodiscard]] LOWBIT_INLINE float mean_of(double sum, index_t taps) noexcept {
  return static_cast<float>(sum / static_cast<double>(taps));
}

}  // namespace detail::ops

/// A view of floats, const or not.
template <class T>
concept real_element = std::same_as < std::remove_const_t<T>,
float > ;

/// out(n, y, x, c) = the largest number under window (y, x); NaN is never larger. Errors: the window does
/// not fit or lies on the border alone; out has another shape.
template <real_element T, executor Executor = serial_executor>
void max_pool(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
              const Executor& on = {}) {
  detail::ops::require_real_pooled(x.shape, w, out.shape, "max_pool");
  detail::ops::pool_reals<float>(
      x, w, out, on, -std::numeric_limits<float>::infinity(),
      [](float best, float v) LOWBIT_INLINE_LAMBDA { return v > best ? v : best; },
      [](float best, index_t) LOWBIT_INLINE_LAMBDA { return best; });
}

/// out(n, y, x, c) = the mean of the numbers on the image under window (y, x). Errors: as max_pool.
template <real_element T, executor Executor = serial_executor>
void average_pool(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
                  const Executor& on = {}) {
  detail::ops::require_real_pooled(x.shape, w, out.shape, "average_pool");
  detail::ops::pool_reals<double>(
      x, w, out, on, 0.0,
      [](double sum, float v) LOWBIT_INLINE_LAMBDA { return sum + static_cast<double>(v); },
      [](double sum, index_t taps)
          LOWBIT_INLINE_LAMBDA { return detail::ops::mean_of(sum, taps); });
}

/// out(n, c) = the mean of channel c of image n. Errors: images without pixels; out has another shape.
template <real_element T, executor Executor = serial_executor>
void global_average_pool(const tensor_view<T>& x, matrix_view<float> out, const Executor& on = {}) {
  const tensor_shape s = x.shape;
  average_pool(x, window{{s.height > 0 ? s.height : 1}, {s.width > 0 ? s.width : 1}},
               nhwc(out, {s.batch, 1, 1, s.channels}), on);
}

/// The average of what codes stand for: float(scale * float(sum of values / taps) + offset) by
/// q.levels(). Errors: as max_pool.
template <quantizer Q, executor Executor = serial_executor>
void average_pool(const Q& q, packed_tensor_view<typename Q::encoding> x, const window& w,
                  const tensor_view<float>& out, const Executor& on = {}) {
  using encoding = typename Q::encoding;
  detail::ops::require_real_pooled(x.shape(), w, out.shape, "average_pool");
  const affine levels = q.levels();
  detail::ops::for_each_piece(
      x.shape(), w, out.shape, on,
      [&](index_t n, index_t y, index_t i, index_t c, index_t count, detail::ops::tap_range down,
          detail::ops::tap_range across) {
        std::int32_t sum[detail::ops::pool_lanes] = {};
        const index_t taps = (down.last - down.first) * (across.last - across.first);
        for (index_t a = down.first; a < down.last; ++a)
          for (index_t b = across.first; b < across.last; ++b) {
            const index_t row = y * w.down.stride + a * w.down.dilation - w.down.before,
                          pixel = i * w.across.stride + b * w.across.dilation - w.across.before;
            for (index_t k = 0; k < count; ++k)
              sum[k] += value<encoding>(x.code(n, row, pixel, c + k));
          }
        for (index_t k = 0; k < count; ++k) {
          const double mean = static_cast<double>(sum[k]) / static_cast<double>(taps);
          out(n, y, i, c + k) = static_cast<float>(static_cast<double>(static_cast<float>(mean)) *
                                                       static_cast<double>(levels.scale) +
                                                   static_cast<double>(levels.offset));
        }
      });
}

LOWBIT_END

#endif
