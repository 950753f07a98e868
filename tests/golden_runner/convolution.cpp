// Golden operations of convolutions and pools of bits, on every ISA, which must agree.
#include "golden_case.hpp"
#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/convolution/float_conv2d.hpp"
#include "lowbit/convolution/k_map.hpp"
#include "lowbit/encode/encode_tensor.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/float_stages.hpp"
#include "lowbit/nn/layers/conv2d.hpp"
#include "lowbit/pooling/code_pool.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "support/kernels.hpp"

namespace test_convolution {

using namespace lowbit;
using golden::context;
using golden::floats;
using golden::json;

namespace {

using integers = matrix<std::int32_t>;

/// The sizes of a [C, H, W] or an [O, C, H, W] array.
tensor_shape shape_of(const json& array) {
  auto sizes = array.at("shape").get<std::vector<index_t>>();
  if (sizes.size() == 3) sizes.insert(sizes.begin(), 1);
  return {sizes.at(0), sizes.at(2), sizes.at(3), sizes.at(1)};
}

/// The signs of an array.
packed_tensor<binary> signs(const json& array) {
  const auto data = floats<float>(array);
  return encode(sign<>{}, nchw(std::span<const float>(data), shape_of(array)));
}

window window_of(const context& c) {
  const tensor_shape w = shape_of(c.in.at("w"));
  const auto stride = c.param<index_t>("stride"), pad = c.param<index_t>("pad");
  return {{w.height, stride, 1, pad, pad}, {w.width, stride, 1, pad, pad}};
}

/// A row for each channel, a column for each pixel: the order of the files.
template <class T>
matrix<T> channels_first(const matrix<T>& x) {
  matrix<T> out(x.cols(), x.rows());
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t k = 0; k < x.cols(); ++k) out(k, r) = x(r, k);
  return out;
}

/// The sums with this padding on the first ISA; a failure for each other that differs.
template <pad_value P>
integers convolved(context& c) {
  const auto x = signs(c.in.at("x")), w = signs(c.in.at("w"));
  const conv2d<binary, binary, P> layer(w, window_of(c));
  const integers first = convolve(x, layer, on(any_isa(isa::scalar{})));
  for_each_isa([&](isa_tag auto tag) {
    if (!(convolve(x, layer, on(tag)) == first))
      c.failures.push_back(std::string("the convolution differs on ") + tag.name);
  });
  return channels_first(first);
}

void binary_conv(context& c) {
  const integers zero = convolved<pad::zero>(c), one = convolved<pad::plus_one>(c);
  integers correction = one;
  for (index_t i = 0; i < one.rows() * one.cols(); ++i) correction.data()[i] -= zero.data()[i];
  c.out.set("y_zero_pad", zero);
  c.out.set("y_one_pad", one);
  c.out.set("y_minus_one_pad", convolved<pad::minus_one>(c));
  c.out.set("correction", correction);
}

void xnor_conv(context& c) {
  const auto beyond = c.param<float>("pad_value");
  if (beyond != 0 && beyond != 1) throw std::runtime_error("this padding is not known");
  const integers dot = beyond == 0 ? convolved<pad::zero>(c) : convolved<pad::plus_one>(c);
  const auto x = floats<float>(c.in.at("x")), w = floats<float>(c.in.at("w"));
  const tensor_shape images = shape_of(c.in.at("x")), filters = shape_of(c.in.at("w"));
  std::vector<float> alpha, a(static_cast<std::size_t>(images.pixels())),
      k(static_cast<std::size_t>(dot.cols()));
  const std::size_t each = w.size() / static_cast<std::size_t>(filters.batch);
  for (index_t o = 0; o < filters.batch; ++o)
    alpha.push_back(xnor_weight<>{}
                        .fit(std::span(w).subspan(static_cast<std::size_t>(o) * each, each))
                        .levels()
                        .scale);
  mean_magnitudes(nchw(std::span<const float>(x), images), a);
  k_map(a, images, window_of(c), k);
  matrix<float> y(dot.cols(), dot.rows());
  const store_affine store{y.view(), k, alpha, {}};
  const integers sums = channels_first(dot);
  store(accumulator_tile{sums.data(), sums.cols()}, tile_place{0, 0, sums.rows(), sums.cols()});
  c.out.set("alpha", alpha);
  c.out.set("A", a);
  c.out.set("K", k);
  c.out.set("bin_dot", dot);
  c.out.set("y", channels_first(y));
}

void binary_maxpool(context& c) {
  const auto data = floats<float>(c.in.at("x"));
  const auto size = c.in.at("x").at("shape").get<std::vector<index_t>>();
  const auto x = encode(sign<>{}, nhwc(std::span<const float>(data), {1, size[0], size[1], 1}));
  const auto y =
      max_pool(x.view(), square_window(c.param<index_t>("k"), c.param<index_t>("stride")));
  std::vector<int> values;
  for (index_t r = 0; r < y.pixels().rows(); ++r)
    values.push_back(value<binary>(y.pixels().code(r, 0)));
  c.out.set("y", values);
}

/// Fixed ternary filters on a real image, their positive parts mixed by a real 1 x 1 convolution.
void lbc_block(context& c) {
  const auto x = floats<float>(c.in.at("x")), t = floats<float>(c.in.at("t")),
             v = floats<float>(c.in.at("v"));
  const tensor_shape images = shape_of(c.in.at("x")), filters = shape_of(c.in.at("t"));
  const auto pad = c.param<index_t>("pad");
  const float_conv2d differences(nchw(std::span<const float>(t), filters),
                                 square_window(filters.height, 1, pad));
  auto work = differences.workspace(images);
  const tensor_shape maps_shape = work.output();
  matrix<float> maps(maps_shape.pixels(), maps_shape.channels);
  differences(nchw(std::span<const float>(x), images), work, stage::store{maps.view()});
  matrix<float> positive = maps;
  for (index_t i = 0; i < maps.rows() * maps.cols(); ++i)
    positive.data()[i] = maps.data()[i] > 0 ? maps.data()[i] : 0;
  const auto outputs = static_cast<index_t>(v.size()) / filters.batch;
  const float_conv2d mix(nhwc(std::span<const float>(v), {outputs, 1, 1, filters.batch}), {});
  auto more = mix.workspace(maps_shape);
  matrix<float> y(maps.rows(), outputs);
  mix(nhwc(positive.view(), maps_shape), more, stage::store{y.view()});
  // Training reaches V alone.
  nn::conv2d<nn::real, nn::relu> trained(filters.batch, outputs, window{}, random_stream(0));
  std::copy(v.begin(), v.end(), trained.weights().value.data());
  const nn::float_matrix rows =
      Eigen::Map<const nn::float_matrix>(maps.data(), maps.rows(), maps.cols());
  (void)trained.forward({maps_shape, rows});
  const auto g = golden::rows_of<float>(c.in.at("g"));
  nn::float_matrix upstream(maps.rows(), outputs);
  for (index_t r = 0; r < maps.rows(); ++r)
    for (index_t o = 0; o < outputs; ++o) upstream(r, o) = g(o, r);
  trained.backward_parameters({{1, maps_shape.height, maps_shape.width, outputs}, upstream});
  const auto grad_v = nn::elements(trained.weights().gradient);
  c.out.set("grad_v", std::vector<float>(grad_v.begin(), grad_v.end()));
  c.out.set("difference_maps", channels_first(maps));
  c.out.set("y", channels_first(y));
}

const golden::operations registered{{"binary_conv", binary_conv},
                                    {"binary_maxpool", binary_maxpool},
                                    {"lbc_block", lbc_block},
                                    {"xnor_conv", xnor_conv}};

}  // namespace

}  // namespace test_convolution
