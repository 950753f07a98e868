// lowbit/network/quantized_conv2d_workspace.hpp – the products of a quantized convolution, and what it needs for images of
// one shape.
#ifndef LOWBIT_NETWORK_QUANTIZED_CONV2D_WORKSPACE_HPP
#define LOWBIT_NETWORK_QUANTIZED_CONV2D_WORKSPACE_HPP

#include "lowbit/convolution/any_conv2d.hpp"
#include "lowbit/network/offset_starts.hpp"
#include "lowbit/network/parts.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What a quantized convolution keeps for images of one shape.
struct quantized_conv2d_tables {
  std::vector<conv2d_workspace> products;  ///< per weight part
  start_table starts;
  any_multi_thresholds thresholds;     ///< if starts exist and one integer decides
  buffer<double> totals;               ///< of all pairs but the last, if there are several
  packed_tensor<any_encoding> chosen;  ///< the 0/1 plane of "the code is c"
};

/// A weight part, ready to be multiplied.
struct prepared_weight_part {
  any_conv2d sums;
  std::vector<std::vector<float>> scales;  ///< per input part, per output channel
  bool shared;

  prepared_weight_part(const weight_part& w, const std::vector<input_part>& inputs, index_t padding,
                       const convolution::geometry& g)
      : sums(packed(w, g).view(), inputs[0].format, static_cast<int>(padding), g.over(),
             g.groups()),
        shared(w.shared) {
    for (const input_part& x : inputs) scales.push_back(pair_scales(w, x));
  }

 private:
  [[nodiscard]] static packed_tensor<any_encoding> packed(const weight_part& w,
                                                          const convolution::geometry& g) {
    tensor_shape f = g.filters();
    if (w.shared) f.batch = g.groups();
    packed_tensor<any_encoding> filters(w.format, f);
    const index_t taps = f.height * f.width;
    for (index_t row = 0; row < f.batch * taps; ++row)
      for (index_t c = 0; c < f.channels; ++c) {
        const index_t of_part = w.shared ? row % taps : row;
        filters.mutable_pixels().set_code(
            row, c, w.codes[static_cast<std::size_t>(of_part * f.channels + c)]);
      }
    return filters;
  }
};

}  // namespace detail::network

/// Tables and memory of a layer::quantized_conv2d for one shape of input. Made by its workspace().
class quantized_conv2d_workspace : public detail::core::layer_workspace {
 public:
  quantized_conv2d_workspace() = default;
  /// For layers.
  quantized_conv2d_workspace(const layer_workspace& made,
                             detail::network::quantized_conv2d_tables tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::quantized_conv2d_tables&&>(tables)) {}
  [[nodiscard]] detail::network::quantized_conv2d_tables& tables() noexcept { return tables_; }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = tables_.starts.bytes() + tables_.thresholds.bytes() + 8 * tables_.totals.size() +
                  tables_.chosen.bytes();
    for (const auto& each : tables_.products) sum += each.bytes();
    return sum;
  }

 private:
  detail::network::quantized_conv2d_tables tables_;
};

LOWBIT_END

#endif
