// lowbit/network/layers/pool_layers.hpp – pools as layers of a network.
//
//     layer::max_pool<V>            codes (OR on planes) or floats       pooling/code_pool.hpp, pooling/float_pool.hpp
//     layer::average_pool           floats
//     layer::global_average_pool    floats to one pixel
//
// Pools of floats write floats, or floats with their signs in front of a residual block. Behind a float convolution
// they run that layer too, band by band (network/bands.hpp).
#ifndef LOWBIT_NETWORK_LAYERS_POOL_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_POOL_LAYERS_HPP

#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/network/bands.hpp"
#include "lowbit/network/next_codes.hpp"
#include "lowbit/network/plain_layer.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"
#include "lowbit/pooling/any_code_pool.hpp"
#include "lowbit/pooling/code_pool.hpp"
#include "lowbit/pooling/float_pool.hpp"
#include "lowbit/quantize/methods/sign.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// make(y's floats), then their signs if y keeps signs.
template <executor Executor, class F>
void write_floats(const Executor&, image_tensor<float>& y, const F& make) {
  make(y);
}
template <executor Executor, class F>
void write_floats(const Executor& where, floats_and_signs& y, const F& make) {
  make(y.floats);
  lowbit::encode(sign{}, y.floats.view(), y.signs, where);
}

template <class Y>
concept takes_floats = std::same_as<Y, image_tensor<float>> || std::same_as<Y, floats_and_signs>;

/// The window of a pool, which is all it has.
struct pool_parameters {
  window over;

  /// What is wrong with these parameters, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    return core::window_problem(over, largest_window);
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.over);
  }
};

/// The window of a pool of codes whose format is a value, and these codes.
struct any_pool_parameters {
  window over;
  next_codes codes;  ///< what it reads and writes

  /// What is wrong with these parameters, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    if (const reason why = codes.problem()) return why;
    return core::window_problem(over, largest_window);
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.over);
    next_codes::fields(self.codes, f);
  }
};

/// Base of pools. Errors begin with Self::title.
template <class Self, class Parameters = pool_parameters>
class pool_layer {
 public:
  using parameters = Parameters;
  struct workspace_type {};

  /// Errors: what parameters::problem() says.
  explicit pool_layer(parameters p)
      : parameters_(valid(static_cast<parameters&&>(p), Self::title)) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept { return 0; }
  /// Errors: the window does not fit or lies on the padding alone.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return pooling::pooled_shape(in, parameters_.over, Self::title);
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

 private:
  parameters parameters_;
};

/// Base of pools of floats: the largest, or the mean.
template <bool Largest>
class float_pool_layer : public pool_layer<float_pool_layer<Largest>> {
  using base = pool_layer<float_pool_layer<Largest>>;

 public:
  static constexpr const char* name = Largest ? "max-real" : "avg-real";
  static constexpr const char* title = Largest ? "layer::max_pool" : "layer::average_pool";
  static constexpr layer_effects effects{.fuses_previous = true};
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  using workspace_type = typename base::workspace_type;
  using base::base;

  /// Pools images under any window.
  template <executor Executor = serial_executor>
  static void pool(const tensor_view<const float>& x, const window& over,
                   const tensor_view<float>& y, const Executor& where) {
    if constexpr (Largest)
      lowbit::max_pool(x, over, y, where);
    else
      lowbit::average_pool(x, over, y, where);
  }

  /// y = the pool of x, and its signs if y keeps signs. Allocates nothing. Errors: y has another shape.
  template <takes_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& where = {}) const {
    write_floats(where, y, [&](image_tensor<float>& out) {
      pool(x, this->data().over, out.mutable_view(), where);
    });
  }
  /// The previous layer on x and this layer on its result, band by band (network/bands.hpp). `between` has the shape
  /// of the value between them; its contents afterwards are unspecified. y must share no memory with x: y is written
  /// while x is read.
  template <makes_parts Layer, takes_floats Y, executor Executor>
  void run_fused(const Layer& layer, const tensor_view<const float>& x,
                 typename Layer::workspace_type& work, image_tensor<float>& between, Y& y,
                 const Executor& where) const {
    core::require_result(title, work.output(), between.shape());
    core::require_result(title, this->output_shape(between.shape()), y.shape());
    write_floats(where, y, [&](image_tensor<float>& out) {
      pool_in_bands<float_pool_layer>(layer, x, work, this->data().over, between,
                                      out.mutable_view(), where);
    });
  }
};

}  // namespace detail::network

namespace layer {

/// The largest code or number under every window. V is a packed_tensor or an image_tensor<float>.
template <class V>
class max_pool;

template <ordered_encoding E>
class max_pool<packed_tensor<E>> : public detail::network::pool_layer<max_pool<packed_tensor<E>>> {
  using base = detail::network::pool_layer<max_pool<packed_tensor<E>>>;

 public:
  using input = packed_tensor<E>;
  using output = packed_tensor<E>;
  using workspace_type = typename base::workspace_type;
  static constexpr const char* name = "max-code";
  static constexpr const char* title = "layer::max_pool";
  using base::base;

  /// y = the pool of x. Allocates nothing. Errors: y has another shape.
  template <executor Executor = serial_executor>
  void operator()(packed_tensor_view<E> x, workspace_type&, packed_tensor<E>& y,
                  const Executor& where = {}) const {
    lowbit::max_pool(x, this->data().over, y, where);
  }
};

/// Codes of any quantizer. The largest code is that of the largest float: the one furthest in the quantizer's list of
/// codes (network/next_codes.hpp), whatever its bits are.
template <>
class max_pool<packed_tensor<any_encoding>>
    : public detail::network::pool_layer<max_pool<packed_tensor<any_encoding>>,
                                         detail::network::any_pool_parameters> {
 public:
  using input = packed_tensor<any_encoding>;
  using output = packed_tensor<any_encoding>;
  static constexpr const char* name = "max-any";
  static constexpr const char* title = "layer::max_pool";

  /// Errors: what parameters::problem() says.
  explicit max_pool(parameters p)
      : pool_layer(static_cast<parameters&&>(p)), order_(data().codes.boundaries[0]) {}

  [[nodiscard]] index_t bytes() const noexcept { return data().codes.bytes(); }
  [[nodiscard]] const code_format& input_format() const noexcept { return data().codes.format; }
  /// Errors: codes of another format.
  template <executor Executor = serial_executor>
  void operator()(packed_tensor_view<any_encoding> x, workspace_type&, output& y,
                  const Executor& where = {}) const {
    detail::encoding::require_same_format(title, {"the images are", x.format()},
                                          {"the layer reads", input_format()});
    lowbit::max_pool(x, data().over, order_, y, where);
  }

 private:
  code_order order_;
};

template <>
class max_pool<image_tensor<float>> : public detail::network::float_pool_layer<true> {
 public:
  using float_pool_layer::float_pool_layer;
};

/// The mean of the numbers on the image under every window.
class average_pool : public detail::network::float_pool_layer<false> {
 public:
  using float_pool_layer::float_pool_layer;
};

/// The mean of each channel over the whole image.
class global_average_pool : public detail::network::plain_layer {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  static constexpr const char* name = "avg-all";
  using plain_layer::plain_layer;

  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const noexcept {
    return {in.batch, 1, 1, in.channels};
  }

  /// y = the means of x, and their signs if y keeps signs. Allocates nothing. Errors: y has another shape.
  template <detail::network::takes_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& where = {}) const {
    detail::network::write_floats(where, y, [&](image_tensor<float>& out) {
      lowbit::global_average_pool(x, out.mutable_pixels(), where);
    });
  }
};

}  // namespace layer
LOWBIT_END

#endif
