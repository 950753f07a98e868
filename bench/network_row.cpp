#include "network_row.hpp"

#include <memory>
#include <stdexcept>

#include "lowbit/dispatch/with_isa.hpp"
#include "resnet.hpp"
#include "text.hpp"
#include "two_threads.hpp"

namespace bench {
namespace {

using namespace lowbit;

/// A layer in its place: all of it, and what is in it.
struct timed_layer {
  std::string name;
  tensor_shape output;
  candidate run;
  candidate convolution;  ///< of bits alone, to int32 sums; none if it has none
  candidate real;         ///< the real convolution in it, or all of a real layer
  double mac = 0;         ///< of the convolution of bits
};

std::string text_of(const window& w) {
  return format("%tdx%td%s", w.vertical.size, w.horizontal.size,
                w.vertical.stride > 1 ? " / 2" : "");
}

/// layer(x, ...) as often as it is called; its workspace and result belong to it.
template <class Layer, class X, class Y>
candidate calls_of(const Layer& layer, std::shared_ptr<const X> x, std::shared_ptr<Y> y) {
  const auto work = std::make_shared<typename Layer::workspace_type>(layer.workspace(x->shape()));
  return [=, &layer] { layer(lowbit::detail::network::input_view(*x), *work, *y); };
}

void look_into(timed_layer& out, const layer::float_conv2d& layer, const auto&) {
  out.name = "real " + text_of(layer.data().over);
  out.real = out.run;
}
void look_into(timed_layer& out, const layer::pixels&, const auto&) { out.name = "pixels"; }
void look_into(timed_layer& out, const byte_layer& layer, const auto&) {
  out.name = "8-bit " + text_of(layer.data().over);
}
void look_into(timed_layer& out, const layer::max_pool<image_tensor<float>>& layer, const auto&) {
  out.name = "max-pool " + text_of(layer.data().over);
}
void look_into(timed_layer& out, const layer::global_average_pool&, const auto&) {
  out.name = "mean";
}
template <class Shortcut>
void look_into(timed_layer& out, const residual<binary_layer, Shortcut>& block,
               const std::shared_ptr<const floats_and_signs>& x) {
  const auto& own = block.body().data();
  const auto sums = std::make_shared<const conv2d<binary, binary>>(own.filters, own.over);
  const auto work = std::make_shared<conv2d_workspace>(sums->workspace(x->shape()));
  const auto result =
      std::make_shared<matrix<std::int32_t>>(out.output.pixels(), out.output.channels);
  out.name = "binary " + text_of(own.over);
  out.mac = static_cast<double>(out.output.elements()) * static_cast<double>(sums->depth());
  out.convolution = [=] { (*sums)(x->signs.view(), *work, store_integers{result->view()}); };
  out.convolution();
  if (!(*result == convolve(x->signs, *sums, on(any_isa(isa::scalar{})))))
    throw std::runtime_error("a binary convolution of the network differs from the reference");
  if constexpr (std::same_as<Shortcut, halving_shortcut>) out.name += ", 8-bit shortcut";
}

/// Layer I on x, and those behind it on what it gives; the network's result at the end.
template <std::size_t I, class X>
image_tensor<float> time_layers(const resnet& net, std::shared_ptr<const X> x,
                                std::vector<timed_layer>& out) {
  using layers = std::remove_cvref_t<decltype(net.layers())>;
  const auto& layer = std::get<I>(net.layers());
  constexpr bool last = I + 1 == std::tuple_size_v<layers>;
  using result = typename std::tuple_element_t<last ? I : I + 1, layers>::input;
  using value = std::conditional_t<last, image_tensor<float>, result>;
  const auto y = std::make_shared<value>(layer.output_shape(x->shape()));
  timed_layer one;
  one.output = y->shape();
  one.run = calls_of(layer, x, y);
  one.run();
  look_into(one, layer, x);
  out.push_back(std::move(one));
  if constexpr (last)
    return *y;
  else
    return time_layers<I + 1>(net, std::shared_ptr<const value>(y), out);
}

/// The network, its image and its workspaces.
struct resnet_work {
  resnet net = make_resnet();
  std::shared_ptr<image_tensor<code_t>> x = std::make_shared<image_tensor<code_t>>(resnet_image);
  resnet::workspace_type work = net.workspace(resnet_image);
  image_tensor<float> y = net.make_output(work);

  resnet_work() {
    const random_stream random(224);
    for (index_t i = 0; i < resnet_image.elements(); ++i)
      x->mutable_pixels().data()[i] = static_cast<code_t>(256 * random.uniform(i));
  }
  template <executor Executor>
  void run(const Executor& on) {
    net(x->view(), work, y, on);
  }
};

/// How many times faster two threads are, or why nobody knows.
std::string time_two_threads(resnet_work& all, effort how) {
  if (!has_threads) return "two threads left out: this compiler has no OpenMP";
  how.threads = 2;
  const turns taken =
      interleave({[&] { all.run(two_threads()); }, [&] { all.run(serial_executor{}); }}, how);
  return format("two threads are %.2f times as fast as one", median_ratio(taken[1], taken[0]));
}

}  // namespace

std::vector<row> measure_resnet(const effort& how) {
  const auto all = std::make_shared<resnet_work>();
  std::vector<timed_layer> layers;
  const image_tensor<float> expected =
      time_layers<0>(all->net, std::shared_ptr<const image_tensor<code_t>>(all->x), layers);
  all->run(serial_executor{});
  if (!(all->y.pixels() == expected.pixels()))
    throw std::runtime_error("the network and its layers one by one give different results");

  // One thing after the other: the network, then of each layer all of it and its parts.
  std::vector<candidate> parts = {[=] { all->run(serial_executor{}); }};
  for (const timed_layer& one : layers)
    for (const candidate& part : {one.run, one.convolution, one.real})
      if (part) parts.push_back(part);
  const turns taken = interleave(parts, how);

  row network;
  network.task = "ResNet-18 on bits (Bi-Real), one image of 224x224";
  network.isa = active_isa();
  network.rounds = static_cast<int>(taken[0].size());
  std::vector<row> rows;
  std::vector<double> glue(taken[0].size());
  for (std::size_t r = 0; r < glue.size(); ++r) glue[r] = taken[0][r].ns;
  std::size_t next = 1;
  double mac = 0;
  for (const timed_layer& one : layers) {
    row out = network;
    out.part = one.name;
    out.shape = {one.output.height, one.output.width, one.output.channels};
    const std::vector<turn>& whole = taken[next++];
    out.median_ns = median_ns(whole);
    out.of_network = 1 / median_ratio(taken[0], whole);
    for (const bool binary : {true, false}) {
      if (!(binary ? one.convolution : one.real)) continue;
      const std::vector<turn>& part = taken[next++];
      (binary ? out.convolution_ns : out.real_ns) = median_ns(part);
      for (std::size_t r = 0; r < glue.size(); ++r) glue[r] -= part[r].ns;
    }
    mac += one.mac;
    rows.push_back(out);
  }
  for (std::size_t r = 0; r < glue.size(); ++r) glue[r] /= taken[0][r].ns;
  network.part = "the network";
  network.shape = {all->y.shape().channels};
  network.median_ns = median_ns(taken[0]);
  network.glue = median(glue);
  network.notes = {time_two_threads(*all, how),
                   format("%.2f billion binary products; %.1f MB of layers, %.1f MB of "
                          "workspaces and of what flows between, nothing else is allocated",
                          mac / 1e9, static_cast<double>(all->net.bytes()) / 1e6,
                          static_cast<double>(all->work.bytes()) / 1e6)};
  rows.push_back(network);
  return rows;
}

}  // namespace bench
