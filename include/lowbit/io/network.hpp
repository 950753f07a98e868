// lowbit/io/network.hpp – a packed network as bytes, and bytes as a network.
//
//     std::vector<std::byte> file = lowbit::save(net);
//     lowbit::loaded<net_type> again = lowbit::load<net_type>(file);
//     if (!again) std::puts(again.problem());       with or without exceptions
//     const net_type& net = *again;
//
// A network's shape is its type, so the program names it. Sizes, weights, thresholds and the depth of a repeat come
// from the file. Layers, encodings or paddings in the file that are not those of the type are an error. The format is
// in io/container.hpp.
//
// load() is total: any bytes give a network or a reason, on any machine, without an exception. Memory is bounded by 320
// bytes per byte of the file plus 4 KiB per layer of the type. (Groups of one filter take most: kernels reserve a whole
// panel per group, on AVX-512BW with tables.) Of a layer::quantized_conv2d, whose parts are products of their own, it
// is 4 KiB per byte. A layer::sparse_linear has 40 KiB of tables besides. A loaded network saves to the same bytes.
//
// Each layer is checked alone. Whether a layer can read what the previous layer writes depends on the shape of the
// images. workspace(shape) reports that, as for a network that the program made.
//
// Your own layers (and whole networks) are saved, too, if they have `name`, `data()` and a constructor from
// `parameters` with problem() and fields(). network/layers/conv2d_layer.hpp is an example.
#ifndef LOWBIT_IO_NETWORK_HPP
#define LOWBIT_IO_NETWORK_HPP

#include <concepts>
#include <optional>

#include "lowbit/io/file.hpp"
#include "lowbit/io/reader.hpp"
#include "lowbit/io/writer.hpp"
#include "lowbit/network/recurrent.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"

LOWBIT_BEGIN

/// A network, or the reason why it could not be loaded.
template <class Network>
class loaded {
 public:
  explicit loaded(Network network) : network_(static_cast<Network&&>(network)) {}
  loaded(const reason& problem, std::size_t place) : problem_(problem), place_(place) {}

  [[nodiscard]] explicit operator bool() const noexcept { return network_.has_value(); }
  /// The network. There must be one.
  [[nodiscard]] const Network& operator*() const noexcept { return *network_; }
  [[nodiscard]] const Network* operator->() const noexcept { return &*network_; }
  /// What is wrong with the file, while this object lives; null if nothing is.
  [[nodiscard]] const char* problem() const noexcept { return problem_.text(); }
  /// How far the file was read when it was noticed, in bytes.
  [[nodiscard]] std::size_t place() const noexcept { return place_; }

 private:
  std::optional<Network> network_;
  reason problem_;
  std::size_t place_ = 0;
};

namespace detail::io {

template <class T>
struct kind {};

template <class Layer>
void write(writer& to, const Layer& layer) {
  to.record(Layer::name);
  const auto& data = layer.data();
  std::remove_cvref_t<decltype(data)>::fields(data, to);
}
template <class... Layers>
void write(writer& to, const sequential<Layers...>& net) {
  to.constant("seq", sizeof...(Layers));
  std::apply([&](const auto&... layer) { (write(to, layer), ...); }, net.layers());
}
template <class Body, class Shortcut>
void write(writer& to, const residual<Body, Shortcut>& block) {
  constexpr bool is_identity = std::same_as<Shortcut, identity_shortcut>;
  to.constant("residual", is_identity ? 0 : 1);
  write(to, block.body());
  if constexpr (!is_identity) write(to, block.shortcut());
}

template <class Layer>
void write(writer& to, const repeat<Layer>& net) {
  to.record("repeat");
  to(static_cast<index_t>(net.layers().size()));
  for (const Layer& layer : net.layers()) write(to, layer);
}

template <class Input, class State>
void write(writer& to, const recurrent<Input, State>& block) {
  to.record("recurrent");
  to(index_t{block.all_steps() ? 1 : 0});
  write(to, block.of_input());
  write(to, block.of_state());
}

template <class Layer>
[[nodiscard]] std::optional<Layer> read(reader& from, kind<Layer>) {
  from.record(Layer::name);
  typename Layer::parameters data{};
  Layer::parameters::fields(data, from);
  if (from.problem() == nullptr)
    if (const reason why = data.problem()) from.refuse(why);
  if (from.problem() != nullptr) return std::nullopt;
  return Layer(static_cast<typename Layer::parameters&&>(data));
}
/// A sequential of layers of which the first are there.
template <class... Layers, class... First>
[[nodiscard]] std::optional<sequential<Layers...>> read_behind(reader& from,
                                                               kind<sequential<Layers...>> whole,
                                                               First&... first) {
  if constexpr (sizeof...(First) == sizeof...(Layers)) {
    return sequential<Layers...>(static_cast<Layers&&>(first)...);
  } else {
    using next = std::tuple_element_t<sizeof...(First), std::tuple<Layers...>>;
    std::optional<next> layer = read(from, kind<next>());
    if (!layer) return std::nullopt;
    return read_behind(from, whole, first..., *layer);
  }
}
template <class... Layers>
[[nodiscard]] std::optional<sequential<Layers...>> read(reader& from,
                                                        kind<sequential<Layers...>> whole) {
  from.constant("seq", sizeof...(Layers));
  if (from.problem() != nullptr) return std::nullopt;
  return read_behind(from, whole);
}
template <class Layer>
[[nodiscard]] std::optional<repeat<Layer>> read(reader& from, kind<repeat<Layer>>) {
  from.record("repeat");
  const index_t count = from.count(8);  // no layer has fewer bytes
  if (count < 1) from.refuse("a repeat of no layers");
  std::vector<Layer> layers;
  for (index_t i = 0; i < count && from.problem() == nullptr; ++i)
    if (std::optional<Layer> layer = read(from, kind<Layer>()))
      layers.push_back(static_cast<Layer&&>(*layer));
  if (from.problem() != nullptr) return std::nullopt;
  return repeat<Layer>(static_cast<std::vector<Layer>&&>(layers));
}
template <class Input, class State>
[[nodiscard]] std::optional<recurrent<Input, State>> read(reader& from,
                                                          kind<recurrent<Input, State>>) {
  from.record("recurrent");
  index_t all_steps = 0;
  from(all_steps);
  if (all_steps != 0 && all_steps != 1) from.refuse("a recurrent of neither one step nor all");
  auto of_input = read(from, kind<Input>());
  auto of_state = read(from, kind<State>());
  if (!of_input || !of_state) return std::nullopt;
  return recurrent<Input, State>(static_cast<Input&&>(*of_input), static_cast<State&&>(*of_state),
                                 all_steps == 1);
}
template <class Body, class Shortcut>
[[nodiscard]] std::optional<residual<Body, Shortcut>> read(reader& from,
                                                           kind<residual<Body, Shortcut>>) {
  constexpr bool is_identity = std::same_as<Shortcut, identity_shortcut>;
  from.constant("residual", is_identity ? 0 : 1);
  auto body = read(from, kind<Body>());
  if constexpr (is_identity) {
    if (!body) return std::nullopt;
    return residual<Body, Shortcut>(static_cast<Body&&>(*body));
  } else {
    auto shortcut = read(from, kind<Shortcut>());
    if (!body || !shortcut) return std::nullopt;
    return residual<Body, Shortcut>(static_cast<Body&&>(*body), static_cast<Shortcut&&>(*shortcut));
  }
}

}  // namespace detail::io

/// A network or a layer that names what a file holds of it.
template <class N>
concept saved_network = network_layer<N> || requires(const N& net) {
  N::name;
  { net.data() } -> std::convertible_to<typename N::parameters>;
};

/// The network as a file, whose bytes are allocated.
template <saved_network Network>
[[nodiscard]] std::vector<std::byte> save(const Network& network) {
  detail::io::writer to;
  detail::io::write(to, network);
  return to.complete();
}

/// The network of a file that save() made, or what is wrong with it. Any bytes will do; memory stays in proportion to
/// the file.
template <saved_network Network>
[[nodiscard]] loaded<Network> load(std::span<const std::byte> file) {
  detail::io::reader from(file);
  auto network = detail::io::read(from, detail::io::kind<Network>());
  from.require_end();
  if (from.problem() != nullptr) return {from.problem(), from.place()};
  return loaded<Network>(static_cast<Network&&>(*network));
}

/// The network of a file on disk, or why that file could not be read, or what is wrong with it. Deduced, so
/// that load<Network>({}) is not ambiguous.
template <network_layer Network, std::same_as<file_bytes> File>
[[nodiscard]] loaded<Network> load(const File& file) {
  if (file.problem() != nullptr) return {file.problem(), 0};
  return load<Network>(std::span<const std::byte>(file));
}

LOWBIT_END

#endif
