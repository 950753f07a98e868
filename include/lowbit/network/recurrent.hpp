// lowbit/network/recurrent.hpp – one product per step, whose results the next step reads.
//
//     a(0) = input(x(0))          a(t) = input(x(t)) + state(a(t - 1))          y = a(last), or all a(t)
//
// A sequence is an image of one column: {sequences, steps, 1, channels}. The input's products do not depend on the
// state, so all steps are one call. The state's product is called step by step for all sequences together. Both give
// floats, which are added in that order. State reads floats: it begins with the layer that makes codes of them.
//
//     lowbit::recurrent block(sequential(encode, quantized_conv2d), sequential(encode, quantized_conv2d));
//
// lowbit::nn::deploy() makes it of an nn::recurrent (nn/deployment/deploy_recurrent.hpp).
#ifndef LOWBIT_NETWORK_RECURRENT_HPP
#define LOWBIT_NETWORK_RECURRENT_HPP

#include <algorithm>

#include "lowbit/core/workspace_key.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What a recurrent keeps for one shape of input.
template <class Input, class State>
struct recurrent_tables {
  typename Input::workspace_type input;
  typename State::workspace_type state;
  image_tensor<float> sums;      ///< of all steps
  image_tensor<float> previous;  ///< what the state reads
  image_tensor<float> product;   ///< and what it makes
};

}  // namespace detail::network

/// Tables and memory of a recurrent for one shape of input. Made by recurrent::workspace().
template <class Input, class State>
class recurrent_workspace : public detail::core::layer_workspace {
 public:
  recurrent_workspace() = default;
  /// For layers.
  recurrent_workspace(const layer_workspace& made,
                      detail::network::recurrent_tables<Input, State> tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::recurrent_tables<Input, State>&&>(tables)) {}
  [[nodiscard]] detail::network::recurrent_tables<Input, State>& tables() noexcept {
    return tables_;
  }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    return detail::network::held_bytes(tables_.input) + detail::network::held_bytes(tables_.state) +
           tables_.sums.bytes() + tables_.previous.bytes() + tables_.product.bytes();
  }

 private:
  detail::network::recurrent_tables<Input, State> tables_;
};

/// Products of a sequence and of its own results. Const and thread-safe.
template <network_layer Input, network_layer State>
class recurrent {
  static_assert(detail::network::writes_into<Input, image_tensor<float>> &&
                    detail::network::writes_into<State, image_tensor<float>>,
                "lowbit::recurrent: both layers must write floats, which are added");
  static_assert(std::same_as<typename State::input, image_tensor<float>>,
                "lowbit::recurrent: the state must read floats: begin it with layer::signs or "
                "layer::encode");

 public:
  using input = typename Input::input;
  using output = image_tensor<float>;
  using workspace_type = recurrent_workspace<Input, State>;

  /// What the layer gives: results of the last step, or of all.
  explicit recurrent(Input of_input, State of_state, bool all_steps = false)
      : input_(static_cast<Input&&>(of_input)),
        state_(static_cast<State&&>(of_state)),
        all_steps_(all_steps) {}

  [[nodiscard]] const Input& of_input() const noexcept { return input_; }
  [[nodiscard]] const State& of_state() const noexcept { return state_; }
  [[nodiscard]] bool all_steps() const noexcept { return all_steps_; }
  [[nodiscard]] index_t bytes() const noexcept { return input_.bytes() + state_.bytes(); }
  /// The format of the codes that the input reads, if that is a value.
  [[nodiscard]] const code_format& input_format()
      const noexcept requires std::same_as<input, packed_tensor<any_encoding>> {
    return input_.input_format();
  }

  /// The shape of the result. Errors: images of more than one column; no step; an input that does not keep the steps; a
  /// state whose results have another shape than the input's.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    tensor_shape sums = sums_shape(in);
    if (!all_steps_) sums.height = 1;
    return sums;
  }
  /// Errors: as output_shape.
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    using namespace detail::network;
    const tensor_shape sums = sums_shape(in), step{sums.batch, 1, 1, sums.channels};
    recurrent_tables<Input, State> tables{workspace_for<image_tensor<float>>(input_, in),
                                          workspace_for<image_tensor<float>>(state_, step),
                                          image_tensor<float>(sums), image_tensor<float>(step),
                                          image_tensor<float>(step)};
    return {{key_, in, output_shape(in)}, static_cast<recurrent_tables<Input, State>&&>(tables)};
  }

  /// y = the results, and their signs if y keeps signs. Allocates nothing. Errors: a workspace of another layer or for
  /// another shape; y has another shape; those of the layers.
  template <detail::network::takes_floats Y, executor Executor = serial_executor>
  void operator()(const detail::network::input_view_of<input>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    run(
        x, work, y, [](const auto&, index_t, const auto&, auto&, const auto&) {}, where);
  }
  /// The same; see(layer, step, what it read, its workspace, what it wrote) behind every call of input (step 0) and
  /// state (steps 1, 2, ...).
  template <detail::network::takes_floats Y, class See, executor Executor>
  void run(const detail::network::input_view_of<input>& x, workspace_type& work, Y& y,
           const See& see, const Executor& where) const {
    work.check_key("recurrent", key_, detail::network::shape_of(x));
    detail::core::require_result("recurrent", work.output(), y.shape());
    auto& tables = work.tables();
    input_(x, tables.input, tables.sums, where);
    see(input_, index_t{0}, x, tables.input, tables.sums);
    const tensor_shape s = tables.sums.shape();
    float* const sums = tables.sums.mutable_pixels().data();
    const auto of_step = [&](index_t n, index_t t) {
      return sums + (n * s.height + t) * s.channels;
    };
    for (index_t t = 1; t < s.height; ++t) {
      for (index_t n = 0; n < s.batch; ++n)
        std::copy_n(of_step(n, t - 1), s.channels,
                    tables.previous.mutable_pixels().data() + n * s.channels);
      state_(tables.previous.view(), tables.state, tables.product, where);
      see(state_, t, tables.previous.view(), tables.state, tables.product);
      for (index_t n = 0; n < s.batch; ++n) {
        const float* const add = tables.product.pixels().data() + n * s.channels;
        float* const to = of_step(n, t);
        for (index_t c = 0; c < s.channels; ++c) to[c] += add[c];
      }
    }
    detail::network::write_floats(where, y, [&](image_tensor<float>& out) {
      const index_t first = all_steps_ ? 0 : s.height - 1, kept = s.height - first;
      for (index_t n = 0; n < s.batch; ++n)
        std::copy_n(of_step(n, first), kept * s.channels,
                    out.mutable_pixels().data() + n * kept * s.channels);
    });
  }

 private:
  [[nodiscard]] tensor_shape sums_shape(tensor_shape in) const {
    if (in.width != 1 || in.height < 1)
      detail::fail(
          "recurrent: images of %tdx%td: a sequence is an image of one column, with a row per step",
          in.height, in.width);
    const tensor_shape sums = input_.output_shape(in);
    detail::core::require_same_shape(
        "recurrent", {"the input's result", sums},
        {"a result per step", tensor_shape{in.batch, in.height, 1, sums.channels}});
    const tensor_shape step{sums.batch, 1, 1, sums.channels};
    detail::core::require_same_shape("recurrent", {"the state's result", state_.output_shape(step)},
                                     {"what it reads", step});
    return sums;
  }

  Input input_;
  State state_;
  bool all_steps_;
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

LOWBIT_END

#endif
