// lowbit/network/layers/encode_layers.hpp – floats and bytes to codes, as layers of a network.
//
//     layer::signs     floats -> bits: in front of a convolution, behind a layer that cannot write signs
//     layer::pixels    bytes -> unsigned_bits<8>: the images of a first layer on bit planes
//     layer::encode    floats -> codes of any quantizer, as data (network/next_codes.hpp)
//     layer::decode    codes of any quantizer -> floats: in front of a layer of float weights
//
// None allocates for images whose channels lie side by side (NHWC); pixels gathers others first.
#ifndef LOWBIT_NETWORK_LAYERS_ENCODE_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_ENCODE_LAYERS_HPP

#include <algorithm>
#include <vector>

#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/network/code_levels.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/next_codes.hpp"
#include "lowbit/network/plain_layer.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/simd/byte_planes.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// y = the codes of images: codes_of(elements, stride, first channel, count, codes) gives those of up to 64 channels.
template <executor Executor, class Codes>
void write_codes(const Executor& where, const tensor_view<const float>& x,
                 packed_tensor<any_encoding>& y, const Codes& codes_of) {
  const tensor_shape s = x.shape;
  const int plane_count = y.pixels().plane_count();
  const index_t stride = y.pixels().plane_stride();
  if (s.elements() == 0) return;
  executors::for_each_share(where, s.pixels(), s.channels * 8, [&](index_t first, index_t end) {
    for (index_t r = first; r < end; ++r) {
      const float* const from = &x(r / s.width / s.height, r / s.width % s.height, r % s.width, 0);
      word* const to = y.mutable_pixels().mutable_row(r);
      for (index_t c = 0; c < s.channels; c += word_bits) {
        code_t codes[word_bits] = {};
        codes_of(from + c * x.channel_stride, x.channel_stride, c,
                 min_of(word_bits, s.channels - c), codes);
        for (int p = 0; p < plane_count; ++p)
          simd::bytes_of_baseline::plane_of_bytes(codes, p, to[p * stride + c / word_bits]);
      }
    }
  });
}

}  // namespace detail::network

namespace layer {

/// Bit = the float is not negative.
class signs : public detail::network::plain_layer {
 public:
  using input = image_tensor<float>;
  using output = packed_tensor<binary>;
  static constexpr const char* name = "signs";
  using plain_layer::plain_layer;

  /// y = the signs of x. Errors: y has another shape.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, packed_tensor<binary>& y,
                  const Executor& where = {}) const {
    lowbit::encode(sign{}, x, y, where);
  }
};

/// Bytes as codes of 8 planes. A sequential leaves this layer out where the convolution behind it multiplies bytes.
class pixels : public detail::network::plain_layer {
 public:
  using input = image_tensor<code_t>;
  using output = packed_tensor<unsigned_bits<8>>;
  static constexpr const char* name = "pixels";
  static constexpr layer_effects effects{.only_packs = true};
  using plain_layer::plain_layer;

  /// y = the bytes of x. Errors: y has another shape.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const code_t>& x, workspace_type&, output& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::pixels", x.shape, y.shape());
    detail::encoders::pack_images<8>(where, x, y);
  }
  /// For layers that read codes of any encoding. Errors: y is of another format.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const code_t>& x, workspace_type&,
                  packed_tensor<any_encoding>& y, const Executor& where = {}) const {
    detail::core::require_result("layer::pixels", x.shape, y.shape());
    detail::encoding::require_same_format("layer::pixels",
                                          {"the layer writes", format_of<unsigned_bits<8>>()},
                                          {"the output holds", y.format()});
    detail::encoders::pack_images<8>(where, x, y);
  }
};

/// The codes of floats, which may be scaled and shifted channel by channel first:
///
///     code = boundaries(float(double(x) * double(scale(c)) + double(shift(c))))        the product is exact
///
/// so (x - mean) / std is a scale of 1 / std and a shift of -mean / std. Const and thread-safe.
class encode {
 public:
  using input = image_tensor<float>;
  using output = packed_tensor<any_encoding>;
  struct workspace_type {};
  static constexpr const char* name = "encode";

  struct parameters {
    next_codes codes;
    std::vector<float> scale;  ///< per channel: none (1), or one each
    std::vector<float> shift;  ///< per channel: none (0), or one each

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = codes.problem()) return why;
      if (!scale.empty() && !shift.empty() && scale.size() != shift.size())
        return make_reason("%zu scales and %zu shifts: one each per channel", scale.size(),
                           shift.size());
      for (const std::vector<float>* const numbers : {&scale, &shift})
        for (const float x : *numbers)
          if (!is_finite(x))
            return make_reason("a scale or shift of %g: it must be finite", static_cast<double>(x));
      return {};
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      next_codes::fields(self.codes, f);
      f(self.scale);
      f(self.shift);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit encode(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::encode")) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return parameters_.codes.bytes() +
           4 * static_cast<index_t>(parameters_.scale.size() + parameters_.shift.size());
  }
  /// Errors: other channels than scales, shifts or boundaries.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    const std::size_t lists = parameters_.codes.boundaries.size();
    for (const std::size_t count :
         {parameters_.scale.size(), parameters_.shift.size(), lists > 1 ? lists : 0})
      if (count > 0 && static_cast<index_t>(count) != in.channels)
        detail::fail("layer::encode: images of %td channels for numbers of %zu channels",
                     in.channels, count);
    return in;
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

  /// Errors: y has another shape or format.
  template <executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type&, output& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::encode", output_shape(x.shape), y.shape());
    detail::encoding::require_same_format("layer::encode",
                                          {"the layer writes", parameters_.codes.format},
                                          {"the output holds", y.format()});
    const channel_boundaries boundaries = parameters_.codes.of_channels();
    const bool as_they_are = parameters_.scale.empty() && parameters_.shift.empty();
    detail::network::write_codes(
        where, x, y,
        [&](const float* from, index_t stride, index_t channel, index_t count, code_t* codes) {
          float block[word_bits] = {};
          for (index_t i = 0; i < count; ++i)
            block[i] =
                as_they_are ? from[i * stride] : scaled_and_shifted(from[i * stride], channel + i);
          if (boundaries.by_channel() || count < worth_a_block) {
            for (index_t i = 0; i < count; ++i) codes[i] = boundaries(channel + i)(block[i]);
          } else {
            boundaries(0).search<word_bits>(block, codes);
            std::fill(codes + count, codes + word_bits, code_t{0});
          }
        });
  }

 private:
  /// From so many floats on, 64 searches side by side take less time than one after another.
  static constexpr index_t worth_a_block = 8;

  [[nodiscard]] float scaled_and_shifted(float x, index_t channel) const noexcept {
    const auto c = static_cast<std::size_t>(channel);
    const double scale =
        parameters_.scale.empty() ? 1.0 : static_cast<double>(parameters_.scale[c]);
    const double shift =
        parameters_.shift.empty() ? 0.0 : static_cast<double>(parameters_.shift[c]);
    return static_cast<float>(static_cast<double>(x) * scale + shift);
  }

  parameters parameters_;
};

/// The floats that codes stand for. Const and thread-safe.
class decode {
 public:
  using input = packed_tensor<any_encoding>;
  using output = image_tensor<float>;
  struct workspace_type {};
  static constexpr const char* name = "decode";

  struct parameters {
    code_levels levels;  ///< one set for all, or rows that are channels

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (levels.format.plane_count < 1) return "codes without planes";
      if (levels.group != 0)
        return "levels per group of depth: the layer takes one set for all codes, or one per "
               "channel";
      return levels.problem(levels.sets(), 1);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      code_levels::fields(self.levels, f);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit decode(parameters p)
      : parameters_(detail::network::valid(static_cast<parameters&&>(p), "layer::decode")),
        floats_(detail::network::floats_of(parameters_.levels)) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept { return 4 * static_cast<index_t>(floats_.size()); }
  [[nodiscard]] const code_format& input_format() const noexcept {
    return parameters_.levels.format;
  }
  /// Errors: other channels than levels.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    const code_levels& l = parameters_.levels;
    if (l.per_row && l.sets() != in.channels)
      detail::fail("layer::decode: images of %td channels for levels of %td", in.channels,
                   l.sets());
    return in;
  }
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    static_cast<void>(output_shape(in));
    return {};
  }

  /// Errors: y has another shape; other channels than levels; codes of another format.
  template <executor Executor = serial_executor>
  void operator()(const packed_tensor_view<any_encoding>& x, workspace_type&, output& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape();
    detail::core::require_result("layer::decode", output_shape(s), y.shape());
    detail::encoding::require_same_format("layer::decode", {"the images are", x.format()},
                                          {"the layer reads", input_format()});
    if (s.elements() == 0) return;
    const index_t next = parameters_.levels.per_row ? index_t{1} << x.plane_count() : 0;
    detail::executors::for_each_share(
        where, s.pixels(), s.channels * 8, [&](index_t first, index_t end) {
          for (index_t r = first; r < end; ++r)
            for (index_t c = 0; c < s.channels; ++c)
              y.mutable_pixels()(r, c) = floats_[static_cast<std::size_t>(
                  c * next +
                  x.code(r / s.width / s.height, r / s.width % s.height, r % s.width, c))];
        });
  }

 private:
  parameters parameters_;
  std::vector<float> floats_;  ///< per set of levels, per code
};

}  // namespace layer
LOWBIT_END

#endif
