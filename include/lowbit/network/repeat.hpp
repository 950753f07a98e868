// lowbit/network/repeat.hpp – layers of one type one after the other: depth that is known at run time.
//
//     using hidden = lowbit::layer::conv2d_threshold<lowbit::binary, lowbit::binary>;
//     lowbit::sequential net(lowbit::repeat<hidden>(std::move(layers)), lowbit::layer::float_linear(...));
//
// A sequential's shape is its type. The number of hidden layers may be known only when a program runs or a file is
// read. Then the hidden layers are one repeat, a vector of one layer type. The layer must write the kind of value that
// it reads (bits to bits, floats to floats). Shapes may differ from layer to layer. Values of equal shape take turns in
// two pieces of memory (network/memory_plan.hpp).
#ifndef LOWBIT_NETWORK_REPEAT_HPP
#define LOWBIT_NETWORK_REPEAT_HPP

#include <vector>

#include "lowbit/core/workspace_key.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What a repeat keeps for one shape of input.
template <class Layer>
struct repeat_tables {
  std::vector<typename Layer::workspace_type> layers;
  std::vector<typename Layer::input> values;  ///< memory for values
  std::vector<std::size_t> kept;  ///< per value, its index in `values`; value 0 is the caller's

  /// What layer i > 0 reads.
  [[nodiscard]] typename Layer::input& value(std::size_t i) noexcept { return values[kept[i]]; }
};

}  // namespace detail::network

/// Tables and memory of a repeat for one shape of input. Made by repeat::workspace().
template <network_layer Layer>
class repeat_workspace : public detail::core::layer_workspace {
 public:
  repeat_workspace() = default;
  /// For layers.
  repeat_workspace(const layer_workspace& made, detail::network::repeat_tables<Layer> tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::repeat_tables<Layer>&&>(tables)) {}
  [[nodiscard]] detail::network::repeat_tables<Layer>& tables() noexcept { return tables_; }

  /// Bytes of the layers' workspaces and of what flows between them.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const auto& each : tables_.layers) sum += detail::network::held_bytes(each);
    for (const auto& each : tables_.values) sum += detail::network::held_bytes(each);
    return sum;
  }

 private:
  detail::network::repeat_tables<Layer> tables_;
};

/// One or more layers of one type. Const and thread-safe.
template <network_layer Layer>
class repeat {
  static_assert(detail::network::writes_into<Layer, typename Layer::input>,
                "lowbit::repeat: the layer must write what it reads, as "
                "layer::conv2d_threshold<binary, W> does");

 public:
  using input = typename Layer::input;
  using output = typename Layer::output;
  using workspace_type = repeat_workspace<Layer>;
  static constexpr layer_effects effects{
      .writes_before_stages = detail::network::effects_of<Layer>.writes_before_stages};

  /// The layers in order. Errors: there is none.
  explicit repeat(std::vector<Layer> layers) : layers_(static_cast<std::vector<Layer>&&>(layers)) {
    if (layers_.empty()) detail::fail("repeat: 0 layers: there must be at least one");
  }

  [[nodiscard]] const std::vector<Layer>& layers() const noexcept { return layers_; }
  /// Bytes of all layers.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const Layer& each : layers_) sum += each.bytes();
    return sum;
  }
  /// The format of the codes that the first layer reads, if that is a value.
  [[nodiscard]] const code_format& input_format()
      const noexcept requires std::same_as<input, packed_tensor<any_encoding>> {
    return layers_[0].input_format();
  }
  /// The shape of the result for images of this shape. Errors: those of the layers.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    for (const Layer& each : layers_) in = each.output_shape(in);
    return in;
  }
  /// Every layer's workspace and what flows between them, for results Y. Errors: those of the layers.
  template <class Y = output>
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    using namespace detail::network;
    repeat_tables<Layer> tables;
    std::vector<tensor_shape> shapes{in};
    std::vector<place> places{place::own};
    tables.kept = {0};
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = layers_[i];
      shapes.push_back(layer.output_shape(shapes[i]));
      if (i + 1 == layers_.size()) {
        tables.layers.push_back(workspace_for<Y>(layer, shapes[i]));
        break;
      }
      tables.layers.push_back(workspace_for<input>(layer, shapes[i]));
      const tensor_shape out = shapes[i + 1];
      const Layer& next = layers_[i + 1];
      const auto fits = [&](std::size_t value) {
        return value > 0 && serves(tables.value(value), next, out);
      };
      const place at =
          place_of({fits(i), i > 0 && fits(i - 1), overwrites_input(layer), false, places[i]});
      places.push_back(at);
      tables.kept.push_back(at == place::previous   ? tables.kept[i]
                            : at == place::two_back ? tables.kept[i - 1]
                                                    : tables.values.size());
      if (at == place::own) tables.values.push_back(value_for(next, out));
    }
    return {{key_, in, shapes.back()}, static_cast<repeat_tables<Layer>&&>(tables)};
  }

  /// All layers on x. Allocates nothing. Errors: a workspace of another repeat or for another shape; those of the
  /// layers.
  template <class Y, executor Executor = serial_executor>
  requires detail::network::writes_into<Layer, Y>
  void operator()(const detail::network::input_view_of<input>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    using detail::network::input_view;
    work.check_key("repeat", key_, detail::network::shape_of(x));
    auto& tables = work.tables();
    const std::size_t count = layers_.size();
    if (count == 0) return;
    if (count == 1) return layers_[0](x, tables.layers[0], y, where);
    layers_[0](x, tables.layers[0], tables.value(1), where);
    for (std::size_t i = 1; i + 1 < count; ++i)
      layers_[i](input_view(tables.value(i)), tables.layers[i], tables.value(i + 1), where);
    layers_[count - 1](input_view(tables.value(count - 1)), tables.layers[count - 1], y, where);
  }

 private:
  std::vector<Layer> layers_;
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

LOWBIT_END

#endif
