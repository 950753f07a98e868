// core/workspace_key.hpp: a workspace serves the layer that made it, wherever that has moved, and its copies. Every
// other layer refuses it before anything is written, also a layer of the same shapes. And layers that were moved from
// are empty.
#include "lowbit/convolution/transposed_conv2d.hpp"
#include "support/matchers.hpp"
#include "support/networks.hpp"
#include "support/settings.hpp"

namespace test_workspaces {

using namespace lowbit;

namespace {

/// One call of a layer: images of `in`, a result that is first filled and then looked at.
struct bits_layer {
  using type = conv2d<binary, binary>;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    return {n.bits({8, size, size, 70}), square_window(size, 1, size / 2)};
  }
  static matrix<std::int32_t> run(const type& layer, conv2d_workspace& work) {
    test::floats n{random_stream(90)};
    const auto x = n.bits({1, 7, 6, 70});
    matrix<std::int32_t> y(work.output().pixels(), work.output().channels);
    layer(x, work, store_integers{y.view()});
    return y;
  }
  static constexpr tensor_shape in{1, 7, 6, 70};
};
struct float_layer {
  using type = float_conv2d;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    const auto filters = n.images({5, size, size, 3});
    return {filters.view(), square_window(size, 1, size / 2)};
  }
  static matrix<float> run(const type& layer, float_conv2d_workspace& work) {
    test::floats n{random_stream(91)};
    const auto x = n.images(in);
    matrix<float> y(work.output().pixels(), work.output().channels);
    layer(x.view(), work, stage::store{y.view()});
    return y;
  }
  static constexpr tensor_shape in{2, 7, 6, 3};
};
struct enlarging_layer {
  using type = transposed_conv2d<binary, binary>;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    return {n.bits({4, size, size, 20}), square_window(size, 2)};
  }
  static matrix<std::int32_t> run(const type& layer, transposed_conv2d_workspace& work) {
    test::floats n{random_stream(92)};
    const auto x = n.bits(in);
    matrix<std::int32_t> y(work.output().pixels(), work.output().channels);
    layer(x, work, store_integers{y.view()});
    return y;
  }
  static constexpr tensor_shape in{1, 4, 3, 20};
};
/// Networks: what flows out is all numbers.
template <class Net>
matrix<float> run_net(const Net& net, typename Net::workspace_type& work, tensor_shape in) {
  test::floats n{random_stream(93)};
  const auto x = n.images(in);
  image_tensor<float> y(net.output_shape(in));
  net(x.view(), work, y, on(isa::portable{}));
  return y.pixels();
}
struct float_net {
  using type = sequential<layer::float_conv2d, layer::average_pool>;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    return type(layer::float_conv2d(n.images({4, size, size, 2}), square_window(size, 1, size / 2),
                                    n.norm(4)),
                layer::average_pool({square_window(2, 2)}));
  }
  static constexpr tensor_shape in{1, 6, 6, 2};
  static matrix<float> run(const type& net, type::workspace_type& work) {
    return run_net(net, work, in);
  }
};
struct class_net {
  using type = sequential<layer::signs, layer::float_linear>;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    return type(layer::signs(), layer::float_linear(n.images({size, 1, 1, 64}), n.many(size)));
  }
  static constexpr tensor_shape in{2, 1, 1, 64};
  static matrix<float> run(const type& net, type::workspace_type& work) {
    return run_net(net, work, in);
  }
};
/// The shortcut writes into the result before the body is called.
struct block {
  using shortcut = sequential<layer::average_pool, layer::float_conv2d>;
  using type = residual<layer::float_conv2d, shortcut>;
  static type make(index_t size, std::uint64_t salt) {
    test::floats n{random_stream(salt)};
    return type(layer::float_conv2d(n.images({6, size, size, 3}), square_window(size, 2, size / 2),
                                    n.norm(6)),
                shortcut(layer::average_pool({square_window(2, 2)}),
                         layer::float_conv2d(n.images({6, 1, 1, 3}), square_window(1), n.norm(6))));
  }
  static constexpr tensor_shape in{1, 6, 6, 3};
  static matrix<float> run(const type& net, type::workspace_type& work) {
    return run_net(net, work, in);
  }
};

template <class Kind>
void check() {
  using layer_type = typename Kind::type;
  using workspace_type = decltype(std::declval<const layer_type&>().workspace(Kind::in));
  struct model {
    layer_type layer;
    workspace_type work;
  };
  const auto refusal = [](const layer_type& layer, workspace_type& work) {
    return test::error_of([&] { static_cast<void>(Kind::run(layer, work)); });
  };
  const auto made = [](layer_type layer) {
    workspace_type work = layer.workspace(Kind::in);
    return model{std::move(layer), std::move(work)};  // moves both
  };
  model one = made(Kind::make(1, 80)), large = made(Kind::make(5, 81)),
        twin = made(Kind::make(1, 82));
  auto fresh = one.layer.workspace(Kind::in);
  const auto expected = Kind::run(one.layer, fresh);
  CHECK(Kind::run(one.layer, one.work) == expected);

  // Of another layer: larger tables, smaller ones, and those of the same size that hold other weights' sums.
  CHECK_THAT(refusal(one.layer, large.work), ContainsSubstring("another layer"));
  CHECK_THAT(refusal(large.layer, one.work), ContainsSubstring("another layer"));
  CHECK_THAT(refusal(one.layer, twin.work), ContainsSubstring("another layer"));
  workspace_type none;
  CHECK_THAT(refusal(one.layer, none), ContainsSubstring("another layer"));

  // Members of one object that moves or is copied.
  std::vector<model> models;
  for (int i = 0; i < 3; ++i) models.push_back(made(Kind::make(1, 80)));
  for (model& m : models) CHECK(Kind::run(m.layer, m.work) == expected);
  model copy = models[0];
  CHECK(Kind::run(copy.layer, copy.work) == expected);
  CHECK(Kind::run(copy.layer, models[0].work) == expected);

  // Assigned to: what was made before is of another layer now, however often memory is used again.
  model assigned = made(Kind::make(5, 81));
  const auto old = assigned.work;
  for (int i = 0; i < 8; ++i) {
    assigned.layer = Kind::make(1, 80);
    auto work = old;
    CHECK_THAT(refusal(assigned.layer, work), ContainsSubstring("another layer"));
  }
  assigned.work = assigned.layer.workspace(Kind::in);
  CHECK(Kind::run(assigned.layer, assigned.work) == expected);

  // What was moved from serves nobody, and is assigned to like any other.
  model moved = std::move(assigned);
  CHECK_THAT(refusal(moved.layer, assigned.work), ContainsSubstring("another layer"));
  assigned = moved;
  CHECK(Kind::run(assigned.layer, assigned.work) == expected);
}

}  // namespace

TEST_CASE("workspaces of conv2d know their layer", "[workspace]") { check<bits_layer>(); }
TEST_CASE("workspaces of float_conv2d know their layer", "[workspace]") { check<float_layer>(); }
TEST_CASE("workspaces of transposed_conv2d know their layer", "[workspace]") {
  check<enlarging_layer>();
}
TEST_CASE("workspaces of networks know their network", "[workspace]") {
  check<float_net>();
  check<class_net>();
}
TEST_CASE("workspaces of residuals know their block", "[workspace]") { check<block>(); }

TEST_CASE("a refused workspace leaves the result as it was", "[workspace]") {
  const auto a = block::make(1, 83), b = block::make(5, 84);
  auto work = b.workspace(block::in);
  image_tensor<float> x(block::in), y(a.output_shape(block::in));
  for (index_t i = 0; i < y.shape().elements(); ++i) y.mutable_pixels().data()[i] = 7;
  const auto before = y.pixels();
  CHECK_THAT(
      test::error_of([&] { a(x.view(), work, y, on(isa::portable{})); }),
      ContainsSubstring("residual: images of 1x6x6x3 with a workspace that another layer made"));
  CHECK(y.pixels() == before);
}

TEST_CASE("layers that were moved from are empty, and usable", "[workspace]") {
  auto bits = bits_layer::make(3, 85);
  const auto kept = std::move(bits);
  CHECK((bits.in_channels() == 0 && bits.out_channels() == 0 && bits.bytes() == 0));
  CHECK(convolve(packed_tensor<binary>({1, 7, 6, 0}), bits).cols() == 0);
  CHECK_THAT(test::error_of([&] {
               static_cast<void>(bits.output_shape({1, 7, 6, 70}));
             }),
             ContainsSubstring("images of 7x6x70 for 1 groups of 0 channels"));

  auto real = float_layer::make(5, 86);
  auto other = float_layer::make(1, 86);
  const auto kept_float = std::move(real), kept_other = std::move(other);
  CHECK((real.in_channels() == 0 && real.out_channels() == 0 && real.bytes() == 0));
  CHECK(real.over() == window{});
  const image_tensor<float> x({1, 7, 6, 0});
  auto work = real.workspace(x.shape());
  matrix<float> y(work.output().pixels(), 0);
  real(x.view(), work, stage::store{y.view()});
  other(x.view(), work, stage::store{y.view()});  // empty layers are alike

  auto enlarging = enlarging_layer::make(3, 87);
  const auto kept_enlarging = std::move(enlarging);
  CHECK((enlarging.in_channels() == 0 && enlarging.out_channels() == 0));

  auto net = float_net::make(3, 88);
  auto net_work = net.workspace(float_net::in);
  const auto kept_net = std::move(net);
  const auto kept_work = std::move(net_work);
  CHECK((net.bytes() == 0 && net_work.bytes() == 0));
  CHECK((net_work.input() == tensor_shape{} && net_work.output() == tensor_shape{}));
  CHECK(kept_work.input() == float_net::in);
}

}  // namespace test_workspaces
