// lowbit/network/layers/encode_layers.hpp – floats and bytes to codes, as layers of a network.
//
//     layer::signs     floats -> bits: in front of a convolution, behind a layer that cannot write signs
//     layer::pixels    bytes -> unsigned_bits<8>: the images of a first layer on bit planes
//
// Neither allocates for images whose channels lie side by side (NHWC); pixels gathers others first.
#ifndef LOWBIT_NETWORK_LAYERS_ENCODE_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_ENCODE_LAYERS_HPP

#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/network/plain_layer.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/quantize/methods/sign.hpp"

LOWBIT_BEGIN
namespace layer {

/// Bit = the float is not negative.
class signs : public detail::network::plain_layer {
 public:
  using input = image_tensor<float>;
  using output = packed_tensor<binary>;
  static constexpr const char* name = "signs";
  using plain_layer::plain_layer;

  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, packed_tensor<binary>& y,
                  const Executor& where = {}) const {
    lowbit::encode(sign{}, x, y, where);
  }
};

/// Bytes as codes of 8 planes.
class pixels : public detail::network::plain_layer {
 public:
  using input = image_tensor<code_t>;
  using output = packed_tensor<unsigned_bits<8>>;
  static constexpr const char* name = "pixels";
  using plain_layer::plain_layer;

  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const code_t>& x, workspace_type&, output& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::pixels", x.shape, y.shape());
    detail::encoders::pack_images(where, x, y);
  }
};

}  // namespace layer
LOWBIT_END

#endif
