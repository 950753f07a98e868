// lowbit/network/layers/function_layer.hpp – elementwise functions of floats, as a layer of a network.
//
//     identity    y = x
//     relu        y = max(x, 0), NaN gives 0
//     rprelu      ReActNet's RPReLU, three numbers per channel          quantize/methods/rprelu.hpp
//     normalise   a batch norm that no convolution has in front         epilogue/batch_norm.hpp
//     codes       the floats that the codes of a quantizer stand for    network/next_codes.hpp, network/code_levels.hpp
//
// The function is a value. So one type of layer serves all functions, and lowbit::nn::deploy() makes it of every
// nn::activation and nn::batch_norm. The layer costs one pass over its floats; convolutions have their batch norm in
// the tile instead. It writes floats, their signs, or both, and takes stages at the end of a residual's body.
#ifndef LOWBIT_NETWORK_LAYERS_FUNCTION_LAYER_HPP
#define LOWBIT_NETWORK_LAYERS_FUNCTION_LAYER_HPP

#include <vector>

#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/network/code_levels.hpp"
#include "lowbit/network/next_codes.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/quantize/methods/rprelu.hpp"

LOWBIT_BEGIN
namespace layer {

/// y = f(x), element by element. Const and thread-safe.
class function {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  struct workspace_type {};
  static constexpr const char* name = "function";

  /// The functions; files hold these numbers.
  enum kind : index_t { identity, relu, rprelu, normalise, codes };

  struct parameters {
    index_t which = identity;
    std::vector<float> gamma, beta, zeta;  ///< of rprelu, one for all or one each per channel
    batch_norm bn;                         ///< of normalise
    next_codes quantizer;                  ///< of codes
    code_levels levels;                    ///< of codes: one set for all, or rows that are channels

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (which < identity || which > codes) return make_reason("function %td: unknown", which);
      if (which == rprelu &&
          (gamma.empty() || gamma.size() != beta.size() || gamma.size() != zeta.size()))
        return make_reason("rprelu of %zu, %zu and %zu numbers: one each, or one each per channel",
                           gamma.size(), beta.size(), zeta.size());
      if (which != codes) return {};
      if (const reason why = quantizer.problem()) return why;
      if (!(levels.format == quantizer.format))
        return make_reason("codes of %s, levels of %s", quantizer.format.name, levels.format.name);
      if (levels.group != 0)
        return "levels per group of depth: one set for all, or one per channel";
      return levels.problem(levels.sets(), 1);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.which);
      f(self.gamma);
      f(self.beta);
      f(self.zeta);
      f(self.bn);
      next_codes::fields(self.quantizer, f);
      if (self.quantizer.exist()) code_levels::fields(self.levels, f);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit function(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::function")),
        floats_(detail::network::floats_of(parameters_.levels)) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return parameters_.bn.bytes() + parameters_.quantizer.bytes() +
           4 * static_cast<index_t>(3 * parameters_.gamma.size() + floats_.size());
  }
  /// Errors: other channels than numbers, boundaries or levels.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    const parameters& p = parameters_;
    const auto lists = static_cast<index_t>(p.quantizer.boundaries.size());
    for (const index_t count :
         {p.which == rprelu && p.gamma.size() > 1 ? static_cast<index_t>(p.gamma.size())
                                                  : in.channels,
          p.which == normalise ? p.bn.size() : in.channels,
          p.which == codes && lists > 1 ? lists : in.channels,
          p.which == codes && p.levels.per_row ? p.levels.sets() : in.channels})
      if (count != in.channels)
        detail::fail("layer::function: images of %td channels for numbers of %td", in.channels,
                     count);
    return in;
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

  /// Errors: y has another shape; as output_shape.
  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, Y& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape;
    detail::core::require_result("layer::function", output_shape(s), y.shape());
    if (s.elements() == 0) return;
    const auto store = detail::network::store_in(y);
    constexpr index_t together = detail::epilogues::stage_lanes;
    detail::executors::for_each_share(
        where, s.pixels(), s.channels * 8, [&](index_t first, index_t end) {
          for (index_t r = first; r < end; ++r) {
            const float* const from =
                &x(r / s.width / s.height, r / s.width % s.height, r % s.width, 0);
            for (index_t c = 0; c < s.channels; c += together) {
              float made[together];
              const index_t count = detail::min_of(together, s.channels - c);
              for (index_t i = 0; i < count; ++i)
                made[i] = value(from[(c + i) * x.channel_stride], c + i);
              store(made, r, c, count);
            }
          }
        });
  }

 private:
  [[nodiscard]] float value(float x, index_t channel) const noexcept {
    const parameters& p = parameters_;
    const std::size_t c = p.gamma.size() > 1 ? static_cast<std::size_t>(channel) : 0;
    switch (p.which) {
      case relu:
        return x > 0 ? x : 0;
      case rprelu:
        return lowbit::rprelu{p.gamma[c], p.beta[c], p.zeta[c]}(x);
      case normalise:
        return p.bn(x, channel);
      case codes: {
        const index_t set = p.levels.per_row ? channel : 0;
        const index_t code = p.quantizer.of_channels()(channel)(x);
        return floats_[static_cast<std::size_t>((set << p.levels.format.plane_count) + code)];
      }
      default:
        return x;
    }
  }

  parameters parameters_;
  std::vector<float> floats_;  ///< per set of levels, per code
};

}  // namespace layer
LOWBIT_END

#endif
