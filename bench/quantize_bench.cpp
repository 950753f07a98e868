// Floats to packed codes: bytes of input read per second, per ISA and for one quantizer of each kind.
//
//   encode/...     into codes that are there already
//   quantize/...   with the fit, the scales and the sums, into new memory
//   layer/...      by layer::encode, into codes that are there already: the quantizer as boundaries, which deployed
//                  networks hold, without an ISA
//
// All are timed in turn with a memcpy of the same input: see against_memcpy.hpp. Every case compares its
// codes with the reference's first.
#include "against_memcpy.hpp"

namespace {

constexpr lowbit::index_t rows = 1024, cols = 1024;

/// Calls f with what Q needs besides the numbers.
template <class Q, class F>
auto with_arguments(F f) {
  if constexpr (lowbit::stochastic_quantizer<Q>)
    return f(lowbit::random_stream(4));
  else
    return f();
}

constexpr auto manual = [](auto& registered) { registered.UseManualTime(); };

template <lowbit::quantizer Q>
void add_encode(const char* name) {
  const auto run = [](benchmark::State& state, auto tag) {
    const auto x = bench::random_floats(rows, cols, 3);
    Q q{};
    if constexpr (lowbit::fitted<Q>) q = q.fit({x.data(), static_cast<std::size_t>(rows * cols)});
    lowbit::packed_matrix<typename Q::encoding> codes(rows, cols), reference(rows, cols);
    const auto into = [&](auto isa, auto& out) {
      with_arguments<Q>(
          [&](auto... stream) { lowbit::encode(q, x.view(), out, stream..., lowbit::on(isa)); });
    };
    into(tag, codes);
    into(lowbit::any_isa(lowbit::isa::scalar{}), reference);
    if (!(codes == reference)) {
      state.SkipWithError("differs from the reference");
      return;
    }
    bench::against_memcpy(state, x, [&] { into(tag, codes); });
  };
  bench::for_each_isa(std::string("encode/") + name, run, manual);
}

template <lowbit::quantizer Q>
void add_quantize(const char* name) {
  const auto run = [](benchmark::State& state, auto tag) {
    const auto x = bench::random_floats(rows, cols, 3);
    const auto once = [&](auto isa) {
      return with_arguments<Q>([&](auto... stream) {
        return lowbit::quantize(Q{}, x.view(), stream..., lowbit::on(isa));
      });
    };
    if (!(once(tag).codes() == once(lowbit::any_isa(lowbit::isa::scalar{})).codes())) {
      state.SkipWithError("differs from the reference");
      return;
    }
    bench::against_memcpy(state, x, [&] {
      auto q = once(tag);
      benchmark::DoNotOptimize(q);
    });
  };
  bench::for_each_isa(std::string("quantize/") + name, run, manual);
}

template <lowbit::quantizer Q>
void add_layer(const char* name) {
  const auto run = [](benchmark::State& state) {
    const auto x = bench::random_floats(rows, cols, 3);
    const auto code_of = [](float number) { return lowbit::encode(Q{}, number); };
    const auto format = lowbit::format_of<typename Q::encoding>();
    const lowbit::layer::encode layer({{format, {lowbit::code_boundaries(code_of)}}, {}, {}});
    const lowbit::tensor_shape shape{rows, 1, 1, cols};
    const auto images = lowbit::nhwc(x.data(), shape);
    auto work = layer.workspace(shape);
    lowbit::packed_tensor<lowbit::any_encoding> codes(format, shape);
    layer(images, work, codes);
    for (lowbit::index_t r = 0; r < rows; ++r)
      for (lowbit::index_t c = 0; c < cols; ++c)
        if (codes.pixels().code(r, c) != code_of(x(r, c)))
          return state.SkipWithError("differs from the quantizer");
    bench::against_memcpy(state, x, [&] { layer(images, work, codes); });
  };
  manual(*bench::add(std::string("layer/") + name, run));
}

template <lowbit::quantizer Q>
void add(const char* name) {
  add_encode<Q>(name);
  add_quantize<Q>(name);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    using namespace lowbit;
    add<sign<>>("sign<>");
    add<stochastic_sign<>>("stochastic_sign<>");
    add<xnor_weight<>>("xnor_weight<>");
    add<twn<>>("twn<>");
    add<dorefa_activation<2>>("dorefa_activation<2>");
    add<dorefa_activation<8>>("dorefa_activation<8>");
    add<dorefa_weight<4>>("dorefa_weight<4>");
    add<lsq<4>>("lsq<4>");
    add<jacob_affine<8>>("jacob_affine<8>");
    add<log_quantizer<4>>("log_quantizer<4>");
    add<kmeans<4>>("kmeans<4>");
    add<lq_weight<3>>("lq_weight<3>");
    add_layer<dorefa_activation<2>>("dorefa_activation<2>");
    add_layer<lsq<4>>("lsq<4>");
    add_layer<dorefa_activation<8>>("dorefa_activation<8>");
  });
}
