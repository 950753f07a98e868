// lowbit/network/sequential.hpp – layers one after the other: a network whose shape is its type.
//
//     using net_type = lowbit::sequential<lowbit::layer::pixels, conv, conv, lowbit::layer::float_linear>;
//     const net_type net(lowbit::layer::pixels(), conv(...), conv(...), lowbit::layer::float_linear(...));
//     auto work = net.workspace({batch, 28, 28, 1});       once: all buffers; equal values share memory
//     auto y = net.make_output(work);
//     net(images, work, y, executor);                      batch after batch, without an allocation
//
// There is no graph and nothing virtual. The compiler knows which layer writes what into which value
// (network/values.hpp), and which stages are fused. It also knows which pools run the layer in front of them band by
// band (network/bands.hpp). A layer that only packs bytes is left out where the next one reads them as they are. The
// values share memory by network/memory_plan.hpp. A sequential is a layer itself, and so
// is a residual (network/residual.hpp) around one.
//
// The network is const and thread-safe. A workspace belongs to one caller at a time, to one shape, and to
// the network that made it and its copies (core/workspace_key.hpp).
#ifndef LOWBIT_NETWORK_SEQUENTIAL_HPP
#define LOWBIT_NETWORK_SEQUENTIAL_HPP

#include <array>

#include "lowbit/core/workspace_key.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN

namespace detail::network {

/// Layer Index gives values that layer Index + 1 takes: Gives is what it would give by itself.
template <std::size_t Index, class Layer, class Next, class Gives = typename Layer::output,
          class Takes = typename Next::input>
struct layers_in_turn {
  static_assert(
      writes_into<Layer, Takes>,
      "lowbit::sequential: layer number Index (from 0) does not write what the layer behind it "
      "reads. Compare Gives with Takes in this type; layer::signs makes bits of floats");
};

/// Fails to compile, with a sentence, where a layer cannot read what the one before it writes.
template <class... Layers>
consteval bool require_in_turn() {
  if constexpr (sizeof...(Layers) > 1) {
    using all = std::tuple<Layers...>;
    []<std::size_t... I>(std::index_sequence<I...>) {
      (static_cast<void>(
           layers_in_turn<I, std::tuple_element_t<I, all>, std::tuple_element_t<I + 1, all>>{}),
       ...);
    }
    (std::make_index_sequence<sizeof...(Layers) - 1>());
  }
  return true;
}

/// What a sequential keeps for one shape of input.
template <class... Layers>
struct sequential_tables {
  std::tuple<typename Layers::workspace_type...> layers;
  std::tuple<typename Layers::input...> values;   ///< the first is the caller's, and empty here
  std::array<place, sizeof...(Layers)> places{};  ///< per value
};

}  // namespace detail::network

/// Tables and memory of a sequential for one shape of input. Made by sequential::workspace().
template <network_layer... Layers>
class sequential_workspace : public detail::core::layer_workspace {
 public:
  sequential_workspace() = default;
  /// For layers.
  sequential_workspace(const layer_workspace& made,
                       detail::network::sequential_tables<Layers...> tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::sequential_tables<Layers...>&&>(tables)) {}
  [[nodiscard]] detail::network::sequential_tables<Layers...>& tables() noexcept { return tables_; }

  /// Bytes of the layers' workspaces and of what flows between them: with the network's own bytes() all that
  /// a call needs.
  [[nodiscard]] index_t bytes() const noexcept {
    const auto sum = [](const auto&... each) { return (detail::network::held_bytes(each) + ...); };
    return std::apply(sum, tables_.layers) + std::apply(sum, tables_.values);
  }

 private:
  detail::network::sequential_tables<Layers...> tables_;
};

/// Layers, each reading what the one before it writes. Another order does not compile, and says which layer.
template <network_layer... Layers>
requires(detail::network::require_in_turn<Layers...>()) class sequential {
  static_assert(sizeof...(Layers) > 0, "lowbit::sequential: a network has at least one layer");
  static constexpr std::size_t last = sizeof...(Layers) - 1;
  template <std::size_t At>
  using layer_at = std::tuple_element_t<At, std::tuple<Layers...>>;

 public:
  using input = typename layer_at<0>::input;
  using output = typename layer_at<last>::output;
  using workspace_type = sequential_workspace<Layers...>;
  static constexpr layer_effects effects{
      .writes_before_stages = detail::network::effects_of<layer_at<last>>.writes_before_stages};

  explicit sequential(Layers... layers) : layers_(static_cast<Layers&&>(layers)...) {}

  [[nodiscard]] const std::tuple<Layers...>& layers() const noexcept { return layers_; }
  /// Bytes of all layers.
  [[nodiscard]] index_t bytes() const noexcept {
    return std::apply([](const auto&... each) { return (each.bytes() + ...); }, layers_);
  }
  /// The format of the codes that the first layer reads, if that is a value.
  [[nodiscard]] const code_format& input_format()
      const noexcept requires std::same_as<input, packed_tensor<any_encoding>> {
    return std::get<0>(layers_).input_format();
  }
  /// The shape of the result for images of this shape. Errors: those of the layers.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    std::apply([&](const auto&... each) { ((in = each.output_shape(in)), ...); }, layers_);
    return in;
  }
  /// Every layer's workspace and what flows between them, for results Y. Errors: those of the layers.
  template <class Y = output>
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    detail::network::sequential_tables<Layers...> tables;
    const tensor_shape out = plan<0, Y>(in, tables);
    return {{key_, in, out}, static_cast<detail::network::sequential_tables<Layers...>&&>(tables)};
  }
  /// What a call with this workspace writes.
  [[nodiscard]] output make_output(const workspace_type& work) const {
    return output(work.output());
  }

  /// All layers on x. y is what make_output() makes, or another value that the last layer can write. Allocates
  /// nothing, but for products whose route packs panels. Errors: a workspace of another network or for another shape;
  /// y has another shape than the result.
  template <class Y, executor Executor = serial_executor>
  requires detail::network::writes_into<layer_at<last>, Y>
  void operator()(const detail::network::input_view_of<input>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    work.check_key("sequential", key_, detail::network::shape_of(x));
    detail::core::require_result("sequential", work.output(), y.shape());
    run<0>(x, work.tables(), y, where);
  }

 private:
  using tables_type = detail::network::sequential_tables<Layers...>;

  /// Layer At reads the type that layer J reads, and that is not the caller's.
  template <std::size_t At, std::size_t J>
  static constexpr bool same_type = [] {
    if constexpr (J < 1 || J >= At)
      return false;
    else
      return std::same_as<typename layer_at<At>::input, typename layer_at<J>::input>;
  }();
  /// Layer At runs the one in front of it itself (layer::max_pool behind a float convolution).
  template <std::size_t At>
  static constexpr bool is_fused = [] {
    if constexpr (At == 0)
      return false;
    else
      return detail::network::effects_of<layer_at<At>>.fuses_previous &&
             detail::network::makes_parts<layer_at<At - 1>>;
  }();

  /// Layer At packs bytes, and the layer behind it may read them as they are.
  template <std::size_t At>
  static constexpr bool may_be_left_out = [] {
    if constexpr (At < last)
      return detail::network::effects_of<layer_at<At>>.only_packs &&
             requires(const layer_at<At + 1>& next) {
        next.reads_bytes(tensor_shape{}, serial_executor{});
      };
    else
      return false;
  }();

  /// What layer I reads.
  template <std::size_t At>
  [[nodiscard]] static typename layer_at<At>::input& value(tables_type& tables) noexcept {
    using detail::network::place;
    if constexpr (same_type<At, At - 1>)
      if (tables.places[At] == place::previous) return value<At - 1>(tables);
    if constexpr (same_type<At, At - 2>)
      if (tables.places[At] == place::two_back) return value<At - 2>(tables);
    return std::get<At>(tables.values);
  }
  /// Whether value J, whose place is known, has the type, format and shape of value I.
  template <std::size_t At, std::size_t J>
  [[nodiscard]] bool fits(tensor_shape shape, tables_type& tables) const noexcept {
    if constexpr (same_type<At, J>)
      return detail::network::serves(value<J>(tables), std::get<At>(layers_), shape);
    else
      return false;
  }
  /// The workspaces of layers I ... and the places of what they read; the shape of the result.
  template <std::size_t At, class Y>
  tensor_shape plan(tensor_shape in, tables_type& tables) const {
    const auto& layer = std::get<At>(layers_);
    const tensor_shape out = layer.output_shape(in);
    auto& own = std::get<At>(tables.layers);
    if constexpr (At < last) {
      using namespace detail::network;
      using next = typename layer_at<At + 1>::input;
      own = workspace_for<next>(layer, in);
      place& at = tables.places[At + 1];
      at = place_of({fits<At + 1, At>(out, tables), fits<At + 1, At - 1>(out, tables),
                     overwrites_input(layer), is_fused<At>, tables.places[At]});
      if (at == place::own)
        std::get<At + 1>(tables.values) = value_for(std::get<At + 1>(layers_), out);
      return plan<At + 1, Y>(out, tables);
    } else {
      own = detail::network::workspace_for<Y>(layer, in);
      return out;
    }
  }
  template <std::size_t At, class X, class Y, executor Executor>
  void run(const X& x, tables_type& tables, Y& y, const Executor& where) const {
    using detail::network::input_view;
    const auto& layer = std::get<At>(layers_);
    auto& own = std::get<At>(tables.layers);
    if constexpr (may_be_left_out<At>)
      if (std::get<At + 1>(layers_).reads_bytes(detail::network::shape_of(x), where))
        return run<At + 1>(x, tables, y, where);
    if constexpr (At == last) {
      layer(x, own, y, where);
    } else if constexpr (is_fused<At + 1>) {
      const auto& pool = std::get<At + 1>(layers_);
      auto& between = value<At + 1>(tables);
      if constexpr (At + 1 == last) {
        pool.run_fused(layer, x, own, between, y, where);
      } else {
        auto& next = value<At + 2>(tables);
        pool.run_fused(layer, x, own, between, next, where);
        run<At + 2>(input_view(next), tables, y, where);
      }
    } else {
      auto& next = value<At + 1>(tables);
      layer(x, own, next, where);
      run<At + 1>(input_view(next), tables, y, where);
    }
  }

  std::tuple<Layers...> layers_;
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

LOWBIT_END

#endif
