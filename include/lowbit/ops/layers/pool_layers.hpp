// lowbit/ops/layers/pool_layers.hpp – pools as layers of a network.
//
//     layer::max_pool<V>            codes (OR on planes) or numbers      ops/max_pool.hpp, ops/real_pool.hpp
//     layer::average_pool           numbers
//     layer::global_average_pool    numbers to one pixel
//
// Pools of numbers write numbers, or numbers with their signs in front of a residual block.
#ifndef LOWBIT_OPS_LAYERS_POOL_LAYERS_HPP
#define LOWBIT_OPS_LAYERS_POOL_LAYERS_HPP

#include "lowbit/ops/encode_tensor.hpp"
#include "lowbit/ops/layers/plain_layer.hpp"
#include "lowbit/ops/layers/values.hpp"
#include "lowbit/ops/layers/window_parameters.hpp"
#include "lowbit/ops/max_pool.hpp"
#include "lowbit/ops/real_pool.hpp"
#include "lowbit/quantize/sign.hpp"

LOWBIT_BEGIN
namespace detail::ops {

/// make(y's numbers), then their signs if y has them.
template <isa_tag Tag, class F>
void put_numbers(Tag, image_tensor<float>& y, const F& make) {
  make(y);
}
template <isa_tag Tag, class F>
void put_numbers(Tag tag, signed_tensor& y, const F& make) {
  make(y.numbers);
  lowbit::encode(tag, sign{}, y.numbers.view(), y.signs);
}

/// The window of a pool, which is all it has.
struct pool_parameters {
  window over;

  /// Null, or why there is no such layer.
  [[nodiscard]] const char* problem() const noexcept { return window_problem(over); }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.over);
  }
};

/// What is true of every pool.
class pool_layer {
 public:
  using parameters = pool_parameters;
  struct workspace_type {};

  explicit pool_layer(parameters p) : parameters_(valid(p, "layer: a pool")) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept { return 0; }
  /// Errors: the window does not fit or lies on the border alone.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return pooled_shape(in, parameters_.over, "layer: a pool");
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

 private:
  parameters parameters_;
};

}  // namespace detail::ops

namespace layer {

/// The largest code or number under every window. V is a packed_tensor or an image_tensor<float>.
template <class V>
class max_pool;

template <ordered_encoding E>
class max_pool<packed_tensor<E>> : public detail::ops::pool_layer {
 public:
  using input = packed_tensor<E>;
  using output = packed_tensor<E>;
  static constexpr const char* name = "max-code";
  using pool_layer::pool_layer;

  template <isa_tag Tag, executor Executor>
  void operator()(Tag, packed_tensor_view<E> x, workspace_type&, packed_tensor<E>& y,
                  const Executor& on) const {
    lowbit::max_pool(x, data().over, y, on);
  }
};

template <>
class max_pool<image_tensor<float>> : public detail::ops::pool_layer {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  static constexpr const char* name = "max-real";
  using pool_layer::pool_layer;

  template <isa_tag Tag, class Y, executor Executor>
  void operator()(Tag tag, const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& on) const {
    detail::ops::put_numbers(tag, y, [&](image_tensor<float>& out) {
      lowbit::max_pool(tag, x, data().over, out.mutable_view(), on);
    });
  }
};

/// The mean of the numbers on the image under every window.
class average_pool : public detail::ops::pool_layer {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  static constexpr const char* name = "avg-real";
  using pool_layer::pool_layer;

  template <isa_tag Tag, class Y, executor Executor>
  void operator()(Tag tag, const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& on) const {
    detail::ops::put_numbers(tag, y, [&](image_tensor<float>& out) {
      lowbit::average_pool(tag, x, data().over, out.mutable_view(), on);
    });
  }
};

/// The mean of each channel over the whole image.
class global_average_pool : public detail::ops::plain_layer {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  static constexpr const char* name = "avg-all";
  using plain_layer::plain_layer;

  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const noexcept {
    return {in.batch, 1, 1, in.channels};
  }

  template <isa_tag Tag, class Y, executor Executor>
  void operator()(Tag tag, const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& on) const {
    detail::ops::put_numbers(tag, y, [&](image_tensor<float>& out) {
      lowbit::global_average_pool(tag, x, out.mutable_pixels(), on);
    });
  }
};

}  // namespace layer
LOWBIT_END

#endif
