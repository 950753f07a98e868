// lowbit/network/values.hpp – the values between the layers of a network.
//
//     packed_tensor<E>      codes: between two convolutions on bits; packed_tensor<any_encoding> if their format is a value
//     image_tensor<float>   floats: around float layers
//     floats_and_signs      floats and their signs: what a residual block on bits reads
//
//     floats  --+-------------------------------- + --> floats
//               |                                 |
//               +--> signs --> convolution -------+         (Bi-Real: the shortcut stays in floats)
//
// The layer in front of a residual block has its floats in registers when it stores them. There their signs cost next
// to nothing; anywhere else they cost a pass over memory. So the *consumer* states which value it reads
// (Layer::input), and the producer writes that: one convolution layer ends in floats, signs or both.
#ifndef LOWBIT_NETWORK_VALUES_HPP
#define LOWBIT_NETWORK_VALUES_HPP

#include "lowbit/core/image_tensor.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/executor/executor.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN

/// Floats and their signs, of the same shape.
class floats_and_signs {
 public:
  floats_and_signs() = default;
  /// Errors: negative or huge sizes.
  explicit floats_and_signs(tensor_shape shape) : floats(shape), signs(shape) {}

  [[nodiscard]] tensor_shape shape() const noexcept { return floats.shape(); }
  [[nodiscard]] index_t bytes() const noexcept { return floats.bytes() + signs.bytes(); }

  image_tensor<float> floats;
  packed_tensor<binary> signs;
};

namespace detail::network {

/// The view of a value that is handed to the layer that reads it.
template <class T>
[[nodiscard]] tensor_view<const T> input_view(const image_tensor<T>& x) noexcept {
  return x.view();
}
template <class E>
[[nodiscard]] packed_tensor_view<E> input_view(const packed_tensor<E>& x) noexcept {
  return x.view();
}
[[nodiscard]] inline const floats_and_signs& input_view(const floats_and_signs& x) noexcept {
  return x;
}
template <class V>
using input_view_of = decltype(input_view(std::declval<const V&>()));

/// The shape of a value or view.
template <class T>
[[nodiscard]] tensor_shape shape_of(const tensor_view<T>& x) noexcept {
  return x.shape;
}
template <class V>
[[nodiscard]] tensor_shape shape_of(const V& x) noexcept {
  return x.shape();
}

/// A value of this shape for the layer that reads it. Codes of any encoding have the format that the layer states.
template <class Layer>
[[nodiscard]] typename Layer::input value_for(const Layer& reader, tensor_shape shape) {
  if constexpr (std::same_as<typename Layer::input, packed_tensor<any_encoding>>)
    return {reader.input_format(), shape};
  else
    return typename Layer::input(shape);
}
/// Whether the memory of a value holds what value_for() would make.
template <class Layer>
[[nodiscard]] bool serves(const typename Layer::input& value, const Layer& reader,
                          tensor_shape shape) noexcept {
  if constexpr (std::same_as<typename Layer::input, packed_tensor<any_encoding>>)
    if (!(value.format() == reader.input_format())) return false;
  return value.shape() == shape;
}

/// The stages that write floats into a value.
[[nodiscard]] inline auto store_in(image_tensor<float>& y) {
  return stage::store{y.mutable_pixels()};
}
[[nodiscard]] inline auto store_in(packed_tensor<binary>& y) {
  auto& pixels = y.mutable_pixels();
  return stage::store_signs{pixels.mutable_row(0), pixels.row_stride(), {}};
}
[[nodiscard]] inline auto store_in(floats_and_signs& y) {
  return stages(store_in(y.floats), store_in(y.signs));
}

/// A destination: a value, and a stage that floats pass through before they are stored in it. With it a residual adds
/// its shortcut in the tile of its body's last layer.
template <class Y, float_stage Stage>
struct staged {
  Y& value;
  Stage stage;
  [[nodiscard]] tensor_shape shape() const noexcept { return value.shape(); }
};
template <class Y, float_stage Stage>
staged(Y&, Stage) -> staged<Y, Stage>;
template <class Y, float_stage Stage>
[[nodiscard]] auto store_in(staged<Y, Stage>& y) {
  return stages(y.stage, store_in(y.value));
}

/// The value that is stored in, without its stages.
template <class Y>
struct stored {
  using type = Y;
  [[nodiscard]] static Y& in(Y& y) noexcept { return y; }
};
template <class Y, class Stage>
struct stored<staged<Y, Stage>> {
  using type = typename stored<Y>::type;
  [[nodiscard]] static type& in(staged<Y, Stage>& y) noexcept { return stored<Y>::in(y.value); }
};

/// Values that floats can be written into.
template <class Y>
concept keeps_floats = requires(Y& y) {
  store_in(y);
};

/// The workspace of a layer that will write values Y: for some layers it depends on that.
template <class Y, class Layer>
[[nodiscard]] typename Layer::workspace_type workspace_for(const Layer& layer, tensor_shape in) {
  if constexpr (requires { layer.template workspace<Y>(in); })
    return layer.template workspace<Y>(in);
  else
    return layer.workspace(in);
}

/// Bytes that a layer's workspace holds; some hold none.
template <class Workspace>
[[nodiscard]] index_t held_bytes(const Workspace& work) noexcept {
  if constexpr (requires { work.bytes(); })
    return work.bytes();
  else
    return 0;
}

/// Parameters that problem() has nothing against: constructors report it, loaders return it.
template <class Parameters>
[[nodiscard]] Parameters valid(Parameters p, const char* who) {
  core::fail_if(p.problem(), who);
  return p;
}

}  // namespace detail::network

/// A layer of a network. It states what it reads and writes, which shape it makes of a shape, and makes the workspace
/// for one shape of input. Then it is called (x, workspace, y, where) and allocates nothing. What else it does to
/// memory it states as layer_effects (network/memory_plan.hpp). A layer that reads packed_tensor<any_encoding> has
/// input_format().
template <class L>
concept network_layer = requires(const L& layer, tensor_shape s) {
  typename L::input;
  typename L::output;
  { layer.output_shape(s) } -> std::same_as<tensor_shape>;
  { layer.workspace(s) } -> std::same_as<typename L::workspace_type>;
  { layer.bytes() } -> std::same_as<index_t>;
};

namespace detail::network {

/// A layer that can be called to write values Y.
template <class L, class Y>
concept writes_into = requires(const L& layer, const input_view_of<typename L::input>& x,
                               typename L::workspace_type& work, Y& y) {
  layer(x, work, y, serial_executor{});
};

}  // namespace detail::network
LOWBIT_END

#endif
