// Every quantizer of weights times every kind of activation makes the trip from floats to packed words, on every ISA,
// and through a file. No code and no logit differs from the plain loops. Weights are random; trained ones are in
// trained.cpp.
#include <cstdio>

#include "support/isas.hpp"
#include "support/settings.hpp"
#include "trip/networks.hpp"

namespace test_untrained {

using namespace lowbit;

namespace {

struct layer_arrays {
  std::vector<float> weights, gamma, beta, mean, variance;
  conv2d_arrays arrays;

  layer_arrays(test::floats& n, index_t inputs, index_t outputs, const window& over)
      : weights(n.many(inputs * outputs * over.taps())),
        gamma(n.many(outputs)),
        beta(n.many(outputs)),
        mean(n.many(outputs)),
        variance(static_cast<std::size_t>(outputs), static_cast<float>(over.taps() * inputs)) {
    arrays.inputs = inputs;
    arrays.outputs = outputs;
    arrays.over = over;
  }
  /// Behind a move or copy the views would be of the old arrays.
  [[nodiscard]] conv2d_arrays view() const {
    conv2d_arrays a = arrays;
    a.weights = weights;
    a.gamma = gamma;
    a.beta = beta;
    a.mean = mean;
    a.variance = variance;
    return a;
  }
};

/// Layers that read and write codes of one quantizer; the last writes floats.
std::vector<quantized_conv2d_parameters> layers_of(const std::vector<layer_arrays>& arrays,
                                                   const any_quantizer& weight,
                                                   const any_quantizer& input) {
  std::vector<quantized_conv2d_parameters> all;
  for (std::size_t i = 0; i < arrays.size(); ++i)
    all.push_back(
        conv2d_parameters(arrays[i].view(), {weight,
                                             i % 2 == 0 ? per::row : per::tensor,
                                             input_levels(input),
                                             i + 1 < arrays.size() ? codes_of(input) : next_codes{},
                                             {}}));
  return all;
}

template <class Network>
index_t trip(const Network& net, const image_tensor<float>& images,
             const test::plain_network::trace& plain) {
  const auto file = save(net);
  const auto again = load<Network>(file);
  REQUIRE(again);
  index_t different = save(*again) == file ? 0 : 1;
  for_each_isa([&](any_isa isa) { different += test::differences(net, images, plain, isa); });
  return different + test::differences(*again, images, plain, chosen_isa());
}

}  // namespace

TEST_CASE("random weights of every quantizer, on every kind of activation", "[trip]") {
  test::floats n{random_stream(11)};
  const std::vector<layer_arrays> conv{{n, 1, 18, square_window(3, 1, 1)},
                                       {n, 18, 20, square_window(3, 1, 1)},
                                       {n, 20, 10, square_window(4)}};
  const std::vector<layer_arrays> dense{{n, 64, 24, window{}}, {n, 24, 10, window{}}};
  const auto pictures = n.images({3, 8, 8, 1});
  const auto rows = n.images({4, 1, 1, 64});
  const window halves = square_window(2, 2);
  std::size_t trips = 0;
  for (const auto& [weight_name, weight] : test::weight_quantizers())
    for (const auto& [input_name, input] : test::input_quantizers()) {
      INFO(weight_name << " x " << input_name);
      if (!test::runs(trips++, 127)) continue;
      const auto c = layers_of(conv, weight, input);
      const auto d = layers_of(dense, weight, input);
      const test::conv_net conv_net(build_encode(input), layer::quantized_conv2d(c[0]),
                                    test::any_pool({halves, codes_of(input)}),
                                    layer::quantized_conv2d(c[1]), layer::quantized_conv2d(c[2]));
      const test::dense_net dense_net(build_encode(input), layer::quantized_conv2d(d[0]),
                                      layer::quantized_conv2d(d[1]));
      const test::plain_network plain_conv{
          input,
          {reference_conv2d(c[0]), reference_conv2d(c[1]), reference_conv2d(c[2])},
          halves,
          true};
      const test::plain_network plain_dense{input,
                                            {reference_conv2d(d[0]), reference_conv2d(d[1])}};
      CHECK(trip(conv_net, pictures, plain_conv(pictures)) == 0);
      CHECK(trip(dense_net, rows, plain_dense(rows)) == 0);
    }
  std::printf("%zu quantizers of weights x %zu of inputs: %zu trips\n",
              test::weight_quantizers().size(), test::input_quantizers().size(), trips);
}

}  // namespace test_untrained
