// lowbit/pooling/float_pool.hpp – pooling of float images, and the averages of packed images.
//
//     max_pool(x, w, out)              the largest number under each window
//     average_pool(x, w, out)          float(sum in double, tap after tap / taps on the image)
//     global_average_pool(x, out)      the same over the whole image: a row per image
//     average_pool(q, codes, w, out)   of the numbers that a quantizer's codes stand for
//
// The padding is empty: it is neither the largest nor part of an average. NaN is never larger than a number; the
// largest of nothing but NaN is NaN. Unlike the maximum (pooling/code_pool.hpp) the average does not commute with
// sign. So networks on bits average floats, or the codes at their end. Sums have one order: results do not depend on
// ISA or threads. Pixels with their channels side by side (nhwc) are read fastest.
#ifndef LOWBIT_POOLING_FLOAT_POOL_HPP
#define LOWBIT_POOLING_FLOAT_POOL_HPP

#include <bit>
#include <limits>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/pooling/code_pool.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/simd/float_lanes.hpp"

LOWBIT_BEGIN
namespace detail::pooling {

inline void require_float_pooled(tensor_shape in, const window& w, tensor_shape out,
                                 const char* who) {
  core::require_result(who, pooled_shape(in, w, who), out);
}

/// f(pixel, vertical taps, horizontal taps) for every pixel of `out`, compiled for the ISA. The address of the copy of
/// f is never taken. So stores cannot alias the copy, and no pixel reloads it.
template <isa_tag Tag, executor Executor, class F>
void pool_windows(Tag tag, tensor_shape in, const window& w, tensor_shape out,
                  const Executor& where, const F& f) {
  if (out.elements() == 0) return;
  const index_t cost = saturating_mul(out.width * out.channels, w.taps()) / 2;
  executors::for_each_share(where, out.batch * out.height, cost, [&](index_t first, index_t end) {
    const auto run = [&]() LOWBIT_INLINE_LAMBDA {
      const F pool = f;
      core::for_each_window(in, w, out, first, end, pool);
    };
    with_isa(tag, [&]<class Row>(Row) { arch::run_on(arch::vectors_on<Row>{}, run); });
  });
}

/// start(lanes), next(lanes, floats) per tap, end(lanes, taps, destination). Channels that lie side by side go four
/// registers of Many at a time, then one register; others go One channel at a time.
template <class Many, class One, class T, executor Executor, class Start, class Next, class End>
void pool_floats(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
                 const Executor& where, const Start& start, const Next& next, const End& end) {
  const bool side_by_side = x.channel_stride == 1 && out.channel_stride == 1;
  // The distance of two taps is used only if both lie on the image: another distance may not fit a size.
  const index_t next_row =
      w.vertical.dilation < x.shape.height ? w.vertical.dilation * x.row_stride : 0;
  const index_t next_pixel =
      w.horizontal.dilation < x.shape.width ? w.horizontal.dilation * x.pixel_stride : 0;
  pool_windows(
      isa_of(where), x.shape, w, out.shape, where,
      [=](const core::output_pixel& pixel, core::tap_range vertical,
          core::tap_range horizontal) LOWBIT_INLINE_LAMBDA {
        const index_t rows = vertical.count(), cols = horizontal.count();
        const T* const corner =
            &x(pixel.image, core::tap_position(w.vertical, pixel.y, vertical.first),
               core::tap_position(w.horizontal, pixel.x, horizontal.first), 0);
        float* const to = &out(pixel.image, pixel.y, pixel.x, 0);
        const auto pool = [&]<class Lanes, std::size_t N>(Lanes(&&lanes)[N],
                                                          index_t c) LOWBIT_INLINE_LAMBDA {
          constexpr index_t each = simd::lanes_in<Lanes>;
          const auto for_each = [&](const auto& f) LOWBIT_INLINE_LAMBDA {
            LOWBIT_UNROLL
            for (std::size_t k = 0; k < N; ++k) f(lanes[k], static_cast<index_t>(k) * each);
          };
          for_each([&](Lanes& l, index_t) LOWBIT_INLINE_LAMBDA { start(l); });
          for (index_t a = 0; a < rows; ++a)
            for (index_t b = 0; b < cols; ++b) {
              const T* const from = corner + (a * next_row + b * next_pixel + c * x.channel_stride);
              for_each([&](Lanes& l, index_t k) LOWBIT_INLINE_LAMBDA { next(l, from + k); });
            }
          float* const here = to + c * out.channel_stride;
          for_each([&](Lanes& l, index_t k)
                       LOWBIT_INLINE_LAMBDA { end(l, rows * cols, here + k); });
        };
        index_t c = 0;
        if (side_by_side) {
          constexpr index_t each = simd::lanes_in<Many>;
          for (; c + 4 * each <= out.shape.channels; c += 4 * each)
            pool({Many{}, Many{}, Many{}, Many{}}, c);
          for (; c + each <= out.shape.channels; c += each) pool({Many{}}, c);
        }
        for (; c < out.shape.channels; ++c) pool({One{}}, c);
      });
}

/// Where maxima begin: the lowest finite number, so that nothing depends on how infinities compare.
inline constexpr float lowest = std::numeric_limits<float>::lowest();
/// What a window of only NaN gives.
inline constexpr float no_maximum = std::numeric_limits<float>::quiet_NaN();

/// True if one of n numbers is `lowest`: blocks without a branch, which compilers turn into vectors.
[[nodiscard]] inline bool any_lowest(const float* p, index_t n) noexcept {
  std::uint32_t found = 0;
  index_t c = 0;
  for (; c + 16 <= n; c += 16)
    for (index_t i = 0; i < 16; ++i) found |= bits_of(p[c + i]) == bits_of(lowest) ? 1u : 0u;
  for (; c < n; ++c) found |= bits_of(p[c]) == bits_of(lowest) ? 1u : 0u;
  return found != 0;
}

/// Maxima that are still where they began, computed again by the definition: under their windows are only -inf and NaN.
template <class T, executor Executor>
void look_again(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
                const Executor& where) {
  pool_windows(
      isa::scalar{}, x.shape, w, out.shape, where,
      [=](const core::output_pixel& pixel, core::tap_range vertical, core::tap_range horizontal) {
        const auto [n, y, i, number] = pixel;
        if (out.channel_stride == 1 && !any_lowest(&out(n, y, i, 0), out.shape.channels)) return;
        for (index_t c = 0; c < out.shape.channels; ++c) {
          float& best = out(n, y, i, c);
          if (bits_of(best) != bits_of(lowest)) continue;
          best = no_maximum;
          for (index_t a = vertical.first; a < vertical.last; ++a)
            for (index_t b = horizontal.first; b < horizontal.last; ++b) {
              const float v = x(n, core::tap_position(w.vertical, y, a),
                                core::tap_position(w.horizontal, i, b), c);
              if (is_larger(v, best)) best = v;
            }
        }
      });
}

}  // namespace detail::pooling

/// out(n, y, x, c) = the largest number under window (y, x); NaN if no number is under it. Cost: a comparison per tap
/// and channel; allocates nothing. Errors: the window does not fit or lies on the padding alone; out has another shape.
template <float_element T, executor Executor = serial_executor>
void max_pool(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
              const Executor& where = {}) {
  detail::pooling::require_float_pooled(x.shape, w, out.shape, "max_pool");
  using namespace detail::simd;
  detail::pooling::pool_floats<float_lanes, float>(
      x, w, out, where,
      [](auto& best) LOWBIT_INLINE_LAMBDA { fill(best, detail::pooling::lowest); },
      [](auto& best, const float* p) LOWBIT_INLINE_LAMBDA { keep_larger(best, p); },
      [](auto& best, index_t, float* to) LOWBIT_INLINE_LAMBDA { store(best, to); });
  detail::pooling::look_again(x, w, out, where);
}

/// out(n, y, x, c) = the mean of the numbers on the image under window (y, x): float(sum in double, tap after tap, /
/// taps). Cost: an addition per tap and channel; allocates nothing. Errors: as max_pool.
template <float_element T, executor Executor = serial_executor>
void average_pool(const tensor_view<T>& x, const window& w, const tensor_view<float>& out,
                  const Executor& where = {}) {
  detail::pooling::require_float_pooled(x.shape, w, out.shape, "average_pool");
  using namespace detail::simd;
  detail::pooling::pool_floats<double_lanes, double>(
      x, w, out, where, [](auto& sum) LOWBIT_INLINE_LAMBDA { fill(sum, 0.0); },
      [](auto& sum, const float* p) LOWBIT_INLINE_LAMBDA { add(sum, p); },
      [](auto& sum, index_t taps, float* to) LOWBIT_INLINE_LAMBDA {
        // A division takes as long as 16 multiplications; by a power of two they are the same.
        const auto count = static_cast<double>(taps);
        if (std::has_single_bit(static_cast<std::size_t>(taps)))
          multiply(sum, 1 / count);
        else
          divide(sum, count);
        store(sum, to);
      });
}

/// out(n, c) = the mean of channel c of image n, as average_pool() takes it. Allocates nothing. Errors: images without
/// pixels; out has another shape.
template <float_element T, executor Executor = serial_executor>
void global_average_pool(const tensor_view<T>& x, matrix_view<float> out,
                         const Executor& where = {}) {
  const tensor_shape s = x.shape;
  average_pool(x, window{{s.height > 0 ? s.height : 1}, {s.width > 0 ? s.width : 1}},
               nhwc(out, {s.batch, 1, 1, s.channels}), where);
}

/// The average of what codes stand for: float(scale * float(sum of values / taps) + offset) by q.levels(). Allocates
/// nothing. Errors: as max_pool.
template <quantizer Q, executor Executor = serial_executor>
void average_pool(const Q& q, packed_tensor_view<typename Q::encoding> x, const window& w,
                  const tensor_view<float>& out, const Executor& where = {}) {
  using encoding = typename Q::encoding;
  detail::pooling::require_float_pooled(x.shape(), w, out.shape, "average_pool");
  const affine levels = q.levels();
  detail::pooling::pool_windows(
      isa::scalar{}, x.shape(), w, out.shape, where,
      [&](const detail::core::output_pixel& pixel, detail::core::tap_range vertical,
          detail::core::tap_range horizontal) {
        const index_t taps = vertical.count() * horizontal.count();
        for (index_t c = 0; c < out.shape.channels; ++c) {
          std::int64_t sum = 0;
          for (index_t a = vertical.first; a < vertical.last; ++a)
            for (index_t b = horizontal.first; b < horizontal.last; ++b)
              sum += value<encoding>(
                  x.code(pixel.image, detail::core::tap_position(w.vertical, pixel.y, a),
                         detail::core::tap_position(w.horizontal, pixel.x, b), c));
          const double mean = static_cast<double>(sum) / static_cast<double>(taps);
          out(pixel.image, pixel.y, pixel.x, c) = static_cast<float>(
              static_cast<double>(static_cast<float>(mean)) * static_cast<double>(levels.scale) +
              static_cast<double>(levels.offset));
        }
      });
}

LOWBIT_END

#endif
