// lowbit/network/sequential.hpp – layers one after the other: a network whose shape is its type.
//
//     using net_type = lowbit::sequential<lowbit::layer::pixels, conv, conv, lowbit::layer::float_linear>;
//     const net_type net(lowbit::layer::pixels(), conv(...), conv(...), lowbit::layer::float_linear(...));
//     auto work = net.workspace({batch, 28, 28, 1});       once: all buffers; equal values share memory
//     auto y = net.make_output(work);
//     net(images, work, y, executor);                      batch after batch, without an allocation
//
// There is no graph and nothing virtual: which layer writes what into which value (network/values.hpp)
// is known to the compiler, and so are the stages that it fuses and the pools that run the layer in front of
// them band by band (network/bands.hpp). A sequential is a layer itself, and so is a residual (network/residual.hpp)
// around one.
//
// The network is const and thread-safe. A workspace belongs to one caller at a time, to one shape, and to
// the network that made it and its copies (core/workspace_key.hpp).
#ifndef LOWBIT_NETWORK_SEQUENTIAL_HPP
#define LOWBIT_NETWORK_SEQUENTIAL_HPP

#include <array>

#include "lowbit/core/workspace_key.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN

namespace detail::network {

/// Where value i of a network is kept, which layer i - 1 writes and layer i reads.
enum class place : unsigned char {
  own,     ///< memory of its own
  before,  ///< that of value i - 1: layer i - 1 writes over what it reads
  turns    ///< that of value i - 2, which nobody reads any more
};

/// Layers some of which may write over what they read: residuals (network/residual.hpp).
template <class L>
concept writes_in_place = requires(const L& layer) {
  { layer.in_place() } -> std::same_as<bool>;
};

/// Layer Index gives values that layer Index + 1 takes: Gives is what it would give by itself.
template <std::size_t Index, class Layer, class Next, class Gives = typename Layer::output,
          class Takes = typename Next::input>
struct layers_in_turn {
  static_assert(
      writes_into<Layer, Takes>,
      "lowbit::sequential: layer number Index (from 0) does not write what the layer behind it "
      "reads: compare Gives with Takes in this type; layer::signs makes bits of numbers");
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

}  // namespace detail::network

/// Tables and memory of a sequential for one shape of input. Made by sequential::workspace().
template <network_layer... Layers>
class sequential_workspace {
 public:
  sequential_workspace() = default;

  [[nodiscard]] tensor_shape input() const noexcept { return input_; }
  [[nodiscard]] tensor_shape output() const noexcept { return output_; }
  /// Bytes of the layers' workspaces and of what flows between them: with the network's own bytes() all that
  /// a call needs.
  [[nodiscard]] index_t bytes() const noexcept {
    const auto sum = [](const auto&... each) { return (detail::network::held_bytes(each) + ...); };
    return std::apply(sum, layers_) + std::apply(sum, values_);
  }

 private:
  template <network_layer... Ls>
  requires(detail::network::require_in_turn<Ls...>()) friend class sequential;

  detail::core::workspace_key key_;
  reset_when_moved<tensor_shape> input_, output_;
  std::tuple<typename Layers::workspace_type...> layers_;
  std::tuple<typename Layers::input...> values_;  ///< the first is the caller's, and empty here
  std::array<detail::network::place, sizeof...(Layers)> places_{};
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
  static constexpr bool writes_before_stages =
      detail::network::writes_before_stages<layer_at<last>>;

  explicit sequential(Layers... layers) : layers_(static_cast<Layers&&>(layers)...) {}

  [[nodiscard]] const std::tuple<Layers...>& layers() const noexcept { return layers_; }
  /// Bytes of all layers.
  [[nodiscard]] index_t bytes() const noexcept {
    return std::apply([](const auto&... each) { return (each.bytes() + ...); }, layers_);
  }
  /// The shape of the result for images of this shape. Errors: those of the layers.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    std::apply([&](const auto&... each) { ((in = each.output_shape(in)), ...); }, layers_);
    return in;
  }
  /// Every layer's workspace and what flows between them, for results Y. Errors: those of the layers.
  template <class Y = output>
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    workspace_type work;
    work.key_ = key_;
    work.input_ = in;
    plan<0, Y>(in, work);
    return work;
  }
  /// What a call with this workspace writes.
  [[nodiscard]] output make_output(const workspace_type& work) const {
    return output(work.output_);
  }

  /// All layers on x, on one ISA or on the chosen one; `after` are stages behind the last layer's own.
  /// Errors: a workspace of another network or for another shape; y has another shape than its result.
  template <isa_tag Tag, class Y, executor Executor, class... After>
  requires detail::network::writes_into<layer_at<last>, Y>
  void operator()(Tag tag, const detail::network::input_view_of<input>& x, workspace_type& work,
                  Y& y, const Executor& where, const After&... after) const {
    detail::core::require_workspace("sequential", key_, work.key_, work.input_,
                                    detail::network::shape_of(x));
    detail::core::require_result("sequential", work.output_, y.shape());
    run<0>(tag, x, work, y, where, after...);
  }
  template <class Y, executor Executor = serial_executor>
  void operator()(const detail::network::input_view_of<input>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    (*this)(chosen_isa(), x, work, y, where);
  }

 private:
  /// Layer I reads the type that layer J reads, and that is not the caller's.
  template <std::size_t At, std::size_t J>
  static constexpr bool same_type = [] {
    if constexpr (J < 1 || J >= At)
      return false;
    else
      return std::same_as<typename layer_at<At>::input, typename layer_at<J>::input>;
  }();
  /// What layer I reads.
  template <std::size_t At>
  [[nodiscard]] static typename layer_at<At>::input& value(workspace_type& work) noexcept {
    using detail::network::place;
    if constexpr (same_type<At, At - 1>)
      if (work.places_[At] == place::before) return value<At - 1>(work);
    if constexpr (same_type<At, At - 2>)
      if (work.places_[At] == place::turns) return value<At - 2>(work);
    return std::get<At>(work.values_);
  }
  /// Where value I, of this shape, goes; those in front of it have their places.
  template <std::size_t At>
  [[nodiscard]] detail::network::place place_of(tensor_shape shape, workspace_type& work) const {
    using detail::network::place;
    if constexpr (same_type<At, At - 1> && detail::network::writes_in_place<layer_at<At - 1>>)
      if (std::get<At - 1>(layers_).in_place() && value<At - 1>(work).shape() == shape)
        return place::before;
    if constexpr (same_type<At, At - 2> && !fuses_previous<At - 1>)
      if (work.places_[At - 1] != place::before && value<At - 2>(work).shape() == shape)
        return place::turns;
    return place::own;
  }

  /// Layer I runs the one in front of it itself (layer::max_pool behind a real convolution), on every ISA and
  /// executor, and writes while that one still reads.
  template <std::size_t At>
  static constexpr bool fuses_previous = [] {
    if constexpr (At == 0)
      return false;
    else
      return requires(const layer_at<At>& layer, const layer_at<At - 1>& front,
                      const detail::network::input_view_of<typename layer_at<At - 1>::input>& x,
                      typename layer_at<At - 1>::workspace_type& work,
                      typename layer_at<At>::input& between, typename layer_at<At>::output& y) {
        layer.run_fused(isa::scalar{}, front, x, work, between, y, serial_executor{});
      };
  }();

  template <std::size_t At, class Y>
  void plan(tensor_shape in, workspace_type& work) const {
    const auto& layer = std::get<At>(layers_);
    const tensor_shape out = layer.output_shape(in);
    auto& own = std::get<At>(work.layers_);
    if constexpr (At < last) {
      using next = typename layer_at<At + 1>::input;
      own = detail::network::workspace_for<next>(layer, in);
      work.places_[At + 1] = place_of<At + 1>(out, work);
      if (work.places_[At + 1] == detail::network::place::own)
        std::get<At + 1>(work.values_) = next(out);
      plan<At + 1, Y>(out, work);
    } else {
      own = detail::network::workspace_for<Y>(layer, in);
      work.output_ = out;
    }
  }
  template <std::size_t At, isa_tag Tag, class X, class Y, executor Executor, class... After>
  void run(Tag tag, const X& x, workspace_type& work, Y& y, const Executor& where,
           const After&... after) const {
    const auto& layer = std::get<At>(layers_);
    auto& own = std::get<At>(work.layers_);
    if constexpr (At == last) {
      layer(tag, x, own, y, where, after...);
    } else if constexpr (fuses_previous<At + 1>) {
      const auto& pool = std::get<At + 1>(layers_);
      auto& between = value<At + 1>(work);
      if constexpr (At + 1 == last) {
        pool.run_fused(tag, layer, x, own, between, y, where, after...);
      } else {
        auto& next = value<At + 2>(work);
        pool.run_fused(tag, layer, x, own, between, next, where);
        run<At + 2>(tag, detail::network::input_view(next), work, y, where, after...);
      }
    } else {
      auto& next = value<At + 1>(work);
      layer(tag, x, own, next, where);
      run<At + 1>(tag, detail::network::input_view(next), work, y, where, after...);
    }
  }

  std::tuple<Layers...> layers_;
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

LOWBIT_END

#endif
