// lowbit/nn/integer/wage_network.hpp – a dense network that is trained with integers alone: WAGE.
//
//     nn::wage_network net({784, 200, 100, 50, 10}, /*seed*/ 1);
//     for each step:  net.train_step(images, labels, -2);          bytes; the largest change of a weight is 2^-2 / 128
//     net.answers(images);
//
// Weights, activations, errors and gradients are integers in every step; no float occurs, and no division but by powers
// of two. So the weights after a training have the same bits on every CPU, with every number of threads.
//
//     W   stored on a grid of kG bits; products see their nearest kW bits
//     A   a = clip(z / 2^s, 0, 2^(kA - 1) - 1) of the sums z: a ReLU that is cut off
//     E   e = clip(e / Shift(max |e|), +-) to kE bits, layer by layer; the scale is not restored
//     G   dW = g 2^r / Shift(max |g|), rounded at random; W = clip(W - dW, +-)
//
// Shift(x) = 2^round(log2 x). Errors pass where 0 < a < its largest value. The first error is y - t: t is the largest
// activation for the label's class, 0 for the others. The loss is its sum of squares. Pixels are (p >> 1) - centre.
//
// The shift s is kW - 1, plus log2 alpha in wide layers. Their initial weights, up to L0 = sqrt(6 / inputs), would be finer
// than the levels of kW bits. So they begin up to Lmin = 1.5 / 2^(kW - 1), and alpha = Shift(Lmin / L0) takes that back.
//
// The paper takes 2-8-8-8 bits for W-A-G-E and convolutions. Dense networks learn more with 8 bits of weights and a
// finer grid for small changes; these are the defaults.
//
// Source: Wu et al., "Training and inference with integers in deep neural networks", arXiv:1802.04680, eq. 2 to 12.
#ifndef LOWBIT_NN_INTEGER_WAGE_NETWORK_HPP
#define LOWBIT_NN_INTEGER_WAGE_NETWORK_HPP

#include <initializer_list>
#include <span>
#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"
#include "lowbit/nn/integer/integer_products.hpp"
#include "lowbit/nn/integer/shifts.hpp"

LOWBIT_BEGIN
namespace nn {

/// Bits of weights in products, activations, errors, and of stored weights: 2 to 8, 2 to 8, 2 to 8, weight_bits to 16.
struct wage_options {
  int weight_bits = 8;
  int activation_bits = 8;
  int error_bits = 8;
  int grid_bits = 14;
  int centre = 36;  ///< of pixels after the shift by 1, 0 to 127
};

/// One dense layer: stored weights (outputs x inputs), and what products see of them.
struct wage_layer {
  matrix<std::int32_t> stored, used;
  int shift;  ///< from sums to activations
};

/// Layers from the first to the last; a ReLU behind each but the last.
class wage_network {
 public:
  /// Weights are uniform in +-max(L0, Lmin), from the numbers of a stream of the seed. Errors: fewer than two sizes, a
  /// size < 1, more than 4096 inputs of a layer, bits out of range.
  wage_network(std::initializer_list<index_t> sizes, std::uint64_t seed, wage_options options = {})
      : wage_network(std::span(sizes.begin(), sizes.size()), seed, options) {}
  wage_network(std::span<const index_t> sizes, std::uint64_t seed, wage_options options = {})
      : options_(options), seed_(seed) {
    require_options(sizes);
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l)
      layers_.push_back(make_layer(sizes[l], sizes[l + 1], l));
    values_.resize(sizes.size());
  }

  [[nodiscard]] const std::vector<wage_layer>& layers() const noexcept { return layers_; }
  [[nodiscard]] index_t steps() const noexcept { return steps_; }

  /// The results of images of bytes, a row each: sums of the last layer, shifted. Errors: other sizes of images.
  template <executor Executor = serial_executor>
  [[nodiscard]] matrix<std::int32_t> forward(matrix_view<const code_t> images,
                                             const Executor& where = {}) {
    run_forward(images, where);
    return values_.back();
  }
  /// The class of each image: the first of the largest results. Errors: as forward().
  template <executor Executor = serial_executor>
  [[nodiscard]] std::vector<index_t> answers(matrix_view<const code_t> images,
                                             const Executor& where = {}) {
    run_forward(images, where);
    const matrix<std::int32_t>& y = values_.back();
    std::vector<index_t> out;
    for (index_t r = 0; r < y.rows(); ++r) {
      index_t best = 0;
      for (index_t c = 1; c < y.cols(); ++c)
        if (y(r, c) > y(r, best)) best = c;
      out.push_back(best);
    }
    return out;
  }

  /// One step; returns the loss, the sum of (y - t)^2. `rate`: the largest gradient of a layer moves its weight by
  /// about 2^rate / 128, from -12 to 4. Up to 4096 images. Errors: sizes; a label that no class has; a rate out of
  /// range.
  template <executor Executor = serial_executor>
  std::int64_t train_step(matrix_view<const code_t> images, std::span<const code_t> labels,
                          int rate, const Executor& where = {}) {
    require_step(images, labels, rate);
    run_forward(images, where);
    std::int64_t loss = 0;
    matrix<std::int32_t> error = first_error(labels, loss);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      quantize_errors(error);
      const matrix<std::int32_t>& below = values_[l];
      matrix<std::int32_t> gradient(layers_[l].used.rows(), layers_[l].used.cols());
      detail::nn::multiply_integers(detail::nn::by_columns(error), detail::nn::by_columns(below),
                                    images.rows(), gradient, where);
      if (l > 0) {
        matrix<std::int32_t> next(images.rows(), below.cols());
        detail::nn::multiply_integers(detail::nn::by_rows(error),
                                      detail::nn::by_columns(layers_[l].used), error.cols(), next,
                                      where);
        pass_errors(below, next);
        error = std::move(next);
      }
      update(layers_[l], l, gradient, rate);
    }
    ++steps_;
    return loss;
  }

  /// A 64-bit hash (FNV-1a) of all stored weights, byte by byte, the low byte first: the same on every platform.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    std::uint64_t h = 0xcbf29ce484222325u;
    for (const wage_layer& layer : layers_)
      for (index_t i = 0; i < layer.stored.rows() * layer.stored.cols(); ++i) {
        const auto w = static_cast<std::uint32_t>(layer.stored.data()[i]);
        for (int byte = 0; byte < 4; ++byte)
          h = (h ^ (w >> (8 * byte) & 0xffu)) * std::uint64_t{0x100000001b3u};
      }
    return h;
  }

 private:
  [[nodiscard]] static constexpr std::int32_t largest(int bits) noexcept {
    return (std::int32_t{1} << (bits - 1)) - 1;
  }
  /// The largest r with r^2 <= x.
  [[nodiscard]] static constexpr std::int32_t square_root(std::int64_t x) noexcept {
    std::int64_t root = 0;
    for (std::int64_t bit = std::int64_t{1} << 30; bit > 0; bit >>= 1)
      if ((root + bit) * (root + bit) <= x) root += bit;
    return static_cast<std::int32_t>(root);
  }

  void require_options(std::span<const index_t> sizes) const {
    const wage_options& o = options_;
    for (const index_t size : sizes)
      if (sizes.size() < 2 || size < 1 || size > 4096)
        detail::fail(
            "nn::wage_network: %zu sizes, one of them %td: needs two or more from 1 to 4096",
            sizes.size(), size);
    for (const int bits : {o.weight_bits, o.activation_bits, o.error_bits})
      if (bits < 2 || bits > 8)
        detail::fail(
            "nn::wage_network: %d, %d and %d bits of weights, activations and errors: "
            "each must be 2 to 8",
            o.weight_bits, o.activation_bits, o.error_bits);
    if (o.grid_bits < o.weight_bits || o.grid_bits < 8 || o.grid_bits > 16 || o.centre < 0 ||
        o.centre > 127)
      detail::fail(
          "nn::wage_network: %d bits of stored weights must be %d to 16, centre %d 0 to 127",
          o.grid_bits, o.weight_bits < 8 ? 8 : o.weight_bits, o.centre);
  }
  void require_step(matrix_view<const code_t> images, std::span<const code_t> labels,
                    int rate) const {
    const index_t classes = layers_.back().used.rows();
    if (static_cast<index_t>(labels.size()) != images.rows() || images.rows() < 1 ||
        images.rows() > 4096)
      detail::fail("nn::wage_network: %td images and %zu labels: needs 1 to 4096 of both",
                   images.rows(), labels.size());
    for (const code_t label : labels)
      if (label >= classes)
        detail::fail("nn::wage_network: label %d: there are %td classes", label, classes);
    if (rate < -12 || rate > 4)
      detail::fail("nn::wage_network: rate %d: it must be -12 to 4", rate);
  }

  [[nodiscard]] wage_layer make_layer(index_t inputs, index_t outputs, std::size_t number) const {
    // In units of the grid, 2^(1 - kG): L0 = sqrt(6 / inputs), Lmin = 1.5 / 2^(kW - 1).
    const std::int64_t unit = std::int64_t{1} << (options_.grid_bits - 1);
    const std::int32_t needed = square_root(6 * unit * unit / inputs);
    const auto least = static_cast<std::int32_t>(3 * unit >> options_.weight_bits);
    const int alpha = needed < least ? nearest_log2(least) - nearest_log2(needed) : 0;
    const auto bound = static_cast<std::uint64_t>(needed < least ? least : needed);
    wage_layer layer{matrix<std::int32_t>(outputs, inputs), matrix<std::int32_t>(outputs, inputs),
                     options_.weight_bits - 1 + alpha};
    const random_stream stream(seed_, number);
    for (index_t i = 0; i < inputs * outputs; ++i)
      layer.stored.data()[i] =
          clipped(static_cast<std::int32_t>(stream.bits(i) * (2 * bound + 1) >> 32) -
                      static_cast<std::int32_t>(bound),
                  largest(options_.grid_bits));
    for (index_t i = 0; i < inputs * outputs; ++i)
      layer.used.data()[i] = use_of(layer.stored.data()[i]);
    return layer;
  }
  /// A stored weight as products see it.
  [[nodiscard]] LOWBIT_INLINE std::int32_t use_of(std::int32_t stored) const noexcept {
    return clipped(shifted(stored, options_.grid_bits - options_.weight_bits),
                   largest(options_.weight_bits));
  }

  template <executor Executor>
  void run_forward(matrix_view<const code_t> images, const Executor& where) {
    if (images.cols() != layers_.front().used.cols())
      detail::fail("nn::wage_network: images of %td bytes for %td inputs", images.cols(),
                   layers_.front().used.cols());
    values_[0] = matrix<std::int32_t>(images.rows(), images.cols());
    for (index_t r = 0; r < images.rows(); ++r)
      for (index_t c = 0; c < images.cols(); ++c)
        values_[0](r, c) = (images(r, c) >> 1) - options_.centre;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const wage_layer& layer = layers_[l];
      matrix<std::int32_t> z(images.rows(), layer.used.rows());
      detail::nn::multiply_integers(detail::nn::by_rows(values_[l]),
                                    detail::nn::by_rows(layer.used), layer.used.cols(), z, where);
      const bool last = l + 1 == layers_.size();
      const int more = options_.activation_bits - 8;  // sums have pixels and activations of 8 bits
      const std::int32_t most = largest(options_.activation_bits);
      for (index_t i = 0; i < z.rows() * z.cols(); ++i) {
        const std::int32_t a = shifted(z.data()[i], layer.shift - (l == 0 ? more : 0));
        z.data()[i] = last ? a : a < 0 ? 0 : a > most ? most : a;
      }
      values_[l + 1] = std::move(z);
    }
  }

  /// y - t, and the sum of squares.
  [[nodiscard]] matrix<std::int32_t> first_error(std::span<const code_t> labels,
                                                 std::int64_t& loss) const {
    matrix<std::int32_t> error = values_.back();
    for (index_t r = 0; r < error.rows(); ++r) {
      error(r, labels[static_cast<std::size_t>(r)]) -= largest(options_.activation_bits);
      for (const std::int32_t e : error.row(r)) loss += std::int64_t{e} * e;
    }
    return error;
  }
  /// The largest absolute value; 0: all are 0.
  [[nodiscard]] static std::int32_t extent(const matrix<std::int32_t>& m) noexcept {
    std::int32_t most = 0;
    for (index_t i = 0; i < m.rows() * m.cols(); ++i) {
      const std::int32_t x = m.data()[i] < 0 ? -m.data()[i] : m.data()[i];
      most = x > most ? x : most;
    }
    return most;
  }
  void quantize_errors(matrix<std::int32_t>& error) const noexcept {
    const std::int32_t most = extent(error);
    if (most == 0) return;
    const int shift = nearest_log2(most) - (options_.error_bits - 1);
    for (index_t i = 0; i < error.rows() * error.cols(); ++i)
      error.data()[i] = clipped(shifted(error.data()[i], shift), largest(options_.error_bits));
  }
  /// Errors behind an activation that was cut off are 0.
  void pass_errors(const matrix<std::int32_t>& a, matrix<std::int32_t>& error) const noexcept {
    const std::int32_t most = largest(options_.activation_bits);
    for (index_t i = 0; i < a.rows() * a.cols(); ++i)
      if (a.data()[i] <= 0 || a.data()[i] >= most) error.data()[i] = 0;
  }
  void update(wage_layer& layer, std::size_t number, const matrix<std::int32_t>& gradient,
              int rate) const noexcept {
    const std::int32_t most = extent(gradient);
    if (most == 0) return;
    const int wanted = nearest_log2(most) - rate - (options_.grid_bits - 8);
    const int shift = wanted < 30 ? wanted : 30;  // behind that, moves are too rare to matter
    const auto stream_number = static_cast<std::uint64_t>(steps_ + 1) << 8 | number;
    detail::nn::move_weights(
        {gradient.data(), layer.stored.data(), layer.used.data(), gradient.rows() * gradient.cols(),
         shift, options_.grid_bits - options_.weight_bits, largest(options_.grid_bits),
         largest(options_.weight_bits)},
        random_stream(seed_, stream_number));
  }

  wage_options options_;
  std::uint64_t seed_;
  index_t steps_ = 0;
  std::vector<wage_layer> layers_;
  std::vector<matrix<std::int32_t>> values_;  ///< inputs of each layer, and results of the last
};

}  // namespace nn
LOWBIT_END

#endif
