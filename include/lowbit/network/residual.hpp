// lowbit/network/residual.hpp – a body with a shortcut around it.
//
//     y = shortcut(x) + body(x)            body on bits:  y = shortcut(x) + body(sign(x))
//
//     lowbit::residual block(conv2d_batch_norm(...));                 the shortcut is x itself
//     lowbit::residual block(body, sequential(average_pool, float_conv2d));
//
// The sum is a stage of the body's last layer (epilogue/float_stages.hpp): the block hands its body a destination
// with that stage in front (staged, network/values.hpp). The sum is made while the body's floats are in registers,
// and in the same tile y's signs are taken for the next block. So a Bi-Real block on bits touches memory for its
// input bits, the shortcut's floats and its results.
//
// A block whose body reads bits reads a floats_and_signs. The layer in front writes the floats for the shortcut and the
// signs for the body at once.
//
// Source: Liu et al., "Bi-Real Net", arXiv:1808.00278, figure 3.
#ifndef LOWBIT_NETWORK_RESIDUAL_HPP
#define LOWBIT_NETWORK_RESIDUAL_HPP

#include "lowbit/core/workspace_key.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN

/// The shortcut that is the input itself.
struct identity_shortcut {};

namespace detail::network {

/// What an identity keeps: nothing.
struct no_workspace {};

template <class Shortcut>
struct shortcut_workspace {
  using type = typename Shortcut::workspace_type;
};
template <>
struct shortcut_workspace<identity_shortcut> {
  using type = no_workspace;
};

/// What a residual keeps for one shape of input.
template <class Body, class Shortcut>
struct residual_tables {
  typename Body::workspace_type body;
  [[no_unique_address]] typename shortcut_workspace<Shortcut>::type shortcut;
  image_tensor<float> shortcut_floats;  ///< empty if the result has room for them
};

}  // namespace detail::network

/// Tables and memory of a residual for one shape of input. Made by residual::workspace().
template <class Body, class Shortcut>
class residual_workspace : public detail::core::layer_workspace {
 public:
  residual_workspace() = default;
  /// For layers.
  residual_workspace(const layer_workspace& made,
                     detail::network::residual_tables<Body, Shortcut> tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::residual_tables<Body, Shortcut>&&>(tables)) {}
  [[nodiscard]] detail::network::residual_tables<Body, Shortcut>& tables() noexcept {
    return tables_;
  }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    return detail::network::held_bytes(tables_.body) +
           detail::network::held_bytes(tables_.shortcut) + tables_.shortcut_floats.bytes();
  }

 private:
  detail::network::residual_tables<Body, Shortcut> tables_;
};

/// shortcut(x) + body(x). The body ends in a layer that takes stages (conv2d_batch_norm, float_conv2d).
template <network_layer Body, class Shortcut = identity_shortcut>
class residual {
  static constexpr bool is_identity = std::same_as<Shortcut, identity_shortcut>;
  static constexpr bool on_bits = std::same_as<typename Body::input, packed_tensor<binary>>;
  static_assert(on_bits || std::same_as<typename Body::input, image_tensor<float>>,
                "lowbit::residual: the body reads bits (then the block reads floats and their "
                "signs) or floats");
  static_assert(detail::network::writes_into<Body, image_tensor<float>>,
                "lowbit::residual: the body must write floats, to which the shortcut is added: end "
                "it with layer::conv2d_batch_norm or layer::float_conv2d");
  static_assert(
      [] {
        if constexpr (is_identity)
          return true;
        else
          return std::same_as<typename Shortcut::input, image_tensor<float>> &&
                 detail::network::writes_into<Shortcut, image_tensor<float>>;
      }(),
      "lowbit::residual: the shortcut must read floats and write floats");

 public:
  using input = std::conditional_t<on_bits, floats_and_signs, image_tensor<float>>;
  using output = image_tensor<float>;
  using workspace_type = residual_workspace<Body, Shortcut>;
  static constexpr layer_effects effects{
      .can_overwrite_input = is_identity && detail::network::effects_of<Body>.can_overwrite_input,
      .writes_before_stages =
          !is_identity || detail::network::effects_of<Body>.writes_before_stages};

  explicit residual(Body body, Shortcut shortcut = {})
      : body_(static_cast<Body&&>(body)), shortcut_(static_cast<Shortcut&&>(shortcut)) {}

  [[nodiscard]] const Body& body() const noexcept { return body_; }
  [[nodiscard]] const Shortcut& shortcut() const noexcept { return shortcut_; }
  [[nodiscard]] index_t bytes() const noexcept {
    if constexpr (is_identity)
      return body_.bytes();
    else
      return body_.bytes() + shortcut_.bytes();
  }
  /// Errors: those of body and shortcut; their results differ in shape.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    const tensor_shape out = body_.output_shape(in);
    tensor_shape added = in;
    if constexpr (!is_identity) added = shortcut_.output_shape(in);
    detail::core::require_same_shape("residual", {"the body's result", out},
                                     {"the shortcut's", added});
    return out;
  }
  /// For results Y: numbers, their signs, or both. Errors: as output_shape.
  template <class Y = output>
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    using namespace detail::network;
    const tensor_shape out = output_shape(in);
    residual_tables<Body, Shortcut> tables;
    tables.body = workspace_for<Y>(body_, in);
    if constexpr (!is_identity) {
      tables.shortcut = workspace_for<image_tensor<float>>(shortcut_, in);
      if (!waits_in_result<Y>) tables.shortcut_floats = image_tensor<float>(out);
    }
    return {{key_, in, out}, static_cast<residual_tables<Body, Shortcut>&&>(tables)};
  }
  /// True if the shortcut is x itself and the body overwrites its input. Each float of x is read before its sum is
  /// written.
  [[nodiscard]] bool overwrites_input() const noexcept {
    return is_identity && detail::network::overwrites_input(body_);
  }

  /// y must not be x unless overwrites_input(): a shortcut's floats may be written into y before the body reads x.
  /// Allocates nothing. Errors: a workspace of another residual or for another shape; those of the layers.
  template <class X, class Y, executor Executor = serial_executor>
  requires detail::network::writes_into<Body, Y>
  void operator()(const X& x, workspace_type& work, Y& y, const Executor& where = {}) const {
    work.check_key("residual", key_, detail::network::shape_of(x));
    auto& tables = work.tables();
    if constexpr (is_identity) {
      detail::network::staged sum{y, stage::add{floats(x)}};
      body_(read_by_body(x), tables.body, sum, where);
    } else {
      image_tensor<float>& added = shortcut_in(tables, y);
      shortcut_(read_by_shortcut(x), tables.shortcut, added, where);
      detail::network::staged sum{y, stage::add{added.pixels().view()}};
      body_(read_by_body(x), tables.body, sum, where);
    }
  }

 private:
  /// Whether the shortcut's floats can wait in the result for their sums. Then the result keeps floats, and the body
  /// writes nothing there before its sums.
  template <class Y>
  static constexpr bool waits_in_result =
      !detail::network::effects_of<Body>.writes_before_stages &&
      (std::same_as<Y, image_tensor<float>> || std::same_as<Y, floats_and_signs>);
  template <class Y>
  [[nodiscard]] static image_tensor<float>& shortcut_in(
      detail::network::residual_tables<Body, Shortcut>& tables, Y& y) noexcept {
    using kept = detail::network::stored<Y>;
    if constexpr (!waits_in_result<typename kept::type>)
      return tables.shortcut_floats;
    else if constexpr (std::same_as<typename kept::type, floats_and_signs>)
      return kept::in(y).floats;
    else
      return kept::in(y);
  }
  [[nodiscard]] static auto read_by_body(const floats_and_signs& x) noexcept {
    return x.signs.view();
  }
  [[nodiscard]] static auto read_by_body(const tensor_view<const float>& x) noexcept { return x; }
  [[nodiscard]] static auto read_by_shortcut(const floats_and_signs& x) noexcept {
    return x.floats.view();
  }
  [[nodiscard]] static auto read_by_shortcut(const tensor_view<const float>& x) noexcept {
    return x;
  }
  [[nodiscard]] static matrix_view<const float> floats(const floats_and_signs& x) noexcept {
    return x.floats.pixels().view();
  }
  /// The pixels of an image as rows. Errors: they do not lie at equal distances, channels side by side.
  [[nodiscard]] static matrix_view<const float> floats(const tensor_view<const float>& x) {
    const tensor_shape s = x.shape;
    if (x.channel_stride != 1 || x.row_stride != s.width * x.pixel_stride ||
        x.batch_stride != s.height * x.row_stride)
      detail::fail(
          "residual: images of %tdx%tdx%tdx%td with strides of %td, %td, %td, %td numbers: a "
          "shortcut "
          "takes NHWC images whose rows follow each other",
          s.batch, s.height, s.width, s.channels, x.batch_stride, x.row_stride, x.pixel_stride,
          x.channel_stride);
    return {x.data, s.pixels(), s.channels, x.pixel_stride};
  }

  Body body_;
  [[no_unique_address]] Shortcut shortcut_;
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

LOWBIT_END

#endif
