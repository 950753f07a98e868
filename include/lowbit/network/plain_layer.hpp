// lowbit/network/plain_layer.hpp – a layer of a network without parameters and without memory.
#ifndef LOWBIT_NETWORK_PLAIN_LAYER_HPP
#define LOWBIT_NETWORK_PLAIN_LAYER_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/core/tensor_view.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// Base of layers without parameters and workspace. The shape of the result is that of the input, unless the layer
/// overrides output_shape().
class plain_layer {
 public:
  struct workspace_type {};
  struct parameters {
    [[nodiscard]] reason problem() const noexcept { return {}; }
    template <class Self, class F>
    static void fields(Self&, F&) {}
  };

  plain_layer() = default;
  explicit plain_layer(parameters) {}

  [[nodiscard]] parameters data() const noexcept { return {}; }
  [[nodiscard]] index_t bytes() const noexcept { return 0; }
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const noexcept { return in; }
  [[nodiscard]] workspace_type workspace(tensor_shape) const noexcept { return {}; }
};

}  // namespace detail::network
LOWBIT_END

#endif
