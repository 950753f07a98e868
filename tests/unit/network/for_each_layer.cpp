// A network layer by layer, without Eigen.
#include "lowbit/network/for_each_layer.hpp"

#include "lowbit/network/layers/pool_layers.hpp"
#include "support/catch.hpp"

namespace test_for_each_layer {

using namespace lowbit;

TEST_CASE("layer by layer, a network makes what it makes at once", "[network]") {
  const sequential net(layer::max_pool<image_tensor<float>>({square_window(2, 1)}),
                       layer::average_pool({square_window(2, 2)}), layer::global_average_pool());
  image_tensor<float> x({2, 5, 7, 3});
  const random_stream stream(101);
  INFO("seed 101");
  for (index_t i = 0; i < x.shape().elements(); ++i)
    x.mutable_pixels().data()[i] = stream.uniform(i) - 0.5f;
  auto work = net.workspace(x.shape());
  auto y = net.make_output(work);
  net(x.view(), work, y);

  std::vector<tensor_shape> shapes;
  matrix<float> last;
  for_each_layer(net, x.view(),
                 [&]<class Next>(const auto& layer, const auto& in, auto& own, auto& out,
                                 std::type_identity<Next>) {
                   layer(in, own, out);
                   shapes.push_back(out.shape());
                   if constexpr (std::is_void_v<Next>) last = out.pixels();
                 });
  REQUIRE(shapes.size() == 3);
  CHECK(shapes[0] == tensor_shape{2, 4, 6, 3});
  CHECK(shapes[1] == tensor_shape{2, 2, 3, 3});
  CHECK(shapes[2] == tensor_shape{2, 1, 1, 3});
  CHECK(last == y.pixels());
}

}  // namespace test_for_each_layer
