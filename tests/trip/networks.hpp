// Two networks whose quantizers are values: a convolution network and a dense one. Each exists twice: as layers that
// are deployed, and as the plain loops that these must equal.
#pragma once

#include <string>

#include "lowbit/io.hpp"
#include "lowbit/network/build.hpp"
#include "lowbit/network/for_each_layer.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/reference_conv2d.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "support/networks.hpp"

namespace test {

using namespace lowbit;

struct named {
  std::string name;
  any_quantizer quantizer;
};

/// Every quantizer of weights in the catalogue, and which of the catalogue are none.
const std::vector<named>& weight_quantizers();
/// Those of activations that the matrix takes.
const std::vector<named>& input_quantizers();

using any_pool = layer::max_pool<packed_tensor<any_encoding>>;
using conv_net = sequential<layer::encode, layer::quantized_conv2d, any_pool,
                            layer::quantized_conv2d, layer::quantized_conv2d>;
using dense_net = sequential<layer::encode, layer::quantized_conv2d, layer::quantized_conv2d>;

/// The plain loops of a network: floats are encoded by the quantizer itself, layer after layer.
struct plain_network {
  any_quantizer input;
  std::vector<reference_conv2d> layers;
  window pool{};
  bool pools = false;  ///< behind the first layer

  /// Codes that each layer reads, then the floats of the last.
  struct trace {
    std::vector<matrix<code_t>> codes;
    image_tensor<float> floats;
  };
  [[nodiscard]] trace operator()(const image_tensor<float>& images) const {
    trace made;
    made.floats = images;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (i == 1 && pools) {
        image_tensor<float> pooled(pooled_shape(made.floats.shape()));
        lowbit::max_pool(made.floats.view(), pool, pooled.mutable_view());
        made.floats = pooled;
      }
      image_tensor<code_t> codes(made.floats.shape());
      const auto count = static_cast<std::size_t>(codes.shape().elements());
      input.encode({made.floats.pixels().data(), count}, {codes.mutable_pixels().data(), count});
      made.codes.push_back(codes.pixels());
      made.floats = layers[i](codes.view());
    }
    return made;
  }

 private:
  [[nodiscard]] tensor_shape pooled_shape(tensor_shape in) const {
    return detail::pooling::pooled_shape(in, pool, "plain_network");
  }
};

/// How many codes and floats of a deployed network differ from the plain ones.
template <class Network>
index_t differences(const Network& net, const image_tensor<float>& images,
                    const plain_network::trace& plain, any_isa isa) {
  index_t different = 0;
  std::size_t layer_number = 0;
  for_each_layer(
      net, images.view(),
      [&]<class Next>(const auto& layer, const auto& in, auto& work, auto& y,
                      std::type_identity<Next>) {
        layer(in, work, y, on(isa));
        if constexpr (std::same_as<Next, layer::quantized_conv2d>) {
          const matrix<code_t>& wanted = plain.codes[layer_number++];
          const auto& codes = y.pixels();
          for (index_t r = 0; r < wanted.rows(); ++r)
            for (index_t c = 0; c < wanted.cols(); ++c)
              different += codes.code(r, c) != wanted(r, c) ? 1 : 0;
        } else if constexpr (std::is_void_v<Next>) {
          for (index_t i = 0; i < y.shape().elements(); ++i)
            different +=
                bits_of(y.pixels().data()[i]) != bits_of(plain.floats.pixels().data()[i]) ? 1 : 0;
        }
      });
  return different;
}

}  // namespace test
