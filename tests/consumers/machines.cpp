// For machines.sh: prints codes, products and a network's bytes and outputs, which are the same on every machine.
//
//   machines write <file>     saves the network as well
//   machines read <file>      loads what another machine saved
#include <lowbit/compress/encode_sparse.hpp>
#include <lowbit/io.hpp>
#include <lowbit/lowbit.hpp>
#include <lowbit/network/layers/hashed_layers.hpp>
#include <lowbit/network/layers/sparse_layers.hpp>
#include <lowbit/nn/integer/wage_network.hpp>

#include <cstdio>
#include <cstring>

using namespace lowbit;

namespace {

/// FNV-1a over numbers, not over bytes of memory: the machine's own order of bytes does not matter.
class fingerprint {
 public:
  void add(std::uint64_t n) {
    for (int byte = 0; byte < 8; ++byte) hash_ = (hash_ ^ (n >> 8 * byte & 255)) * 0x100000001b3u;
  }
  void add(float x) { add(std::uint64_t{bits_of(x)}); }
  void print(const char* of) const {
    std::printf("%-40s %08lx%08lx\n", of, static_cast<unsigned long>(hash_ >> 32),
                static_cast<unsigned long>(hash_ & 0xffffffffu));
  }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Floats of every size, negative ones, both zeros and subnormals among them.
matrix<float> floats(index_t rows, index_t cols, std::uint64_t seed) {
  const random_stream random(seed);
  const float special[] = {0.0f,       -0.0f, 0x1p-149f, -0x1p-149f, 0x1p-126f,
                           -0x1p-130f, 0.5f,  -1.5f,     2.5f,       1e30f};
  matrix<float> x(rows, cols);
  for (index_t i = 0; i < rows * cols; ++i)
    x.data()[i] = i % 7 == 3 ? special[i / 7 % 10] : 4 * random.uniform(i) - 2;
  return x;
}

/// Codes that the encoding has.
template <class E>
packed_matrix<E> codes(index_t rows, index_t depth, std::uint64_t seed) {
  const random_stream random(seed);
  packed_matrix<E> m(rows, depth);
  for (index_t r = 0; r < rows; ++r)
    for (index_t k = 0, at = r * 10000; k < depth; ++k) {
      code_t code;
      do code = static_cast<code_t>(random.bits(at++) % (1u << E::plane_count));
      while (!is_code<E>(code));
      m.set_code(r, k, code);
    }
  return m;
}

/// The product by the definition, by the scalar reference and on the ISA that this machine chooses.
template <class A, class B>
void print_product(const char* of, index_t m, index_t n, index_t depth) {
  const auto a = codes<A>(m, depth, 1);
  const auto b = codes<B>(n, depth, 2);
  fingerprint hash;
  bool good = true;
  const auto sums = gemm(a, b), reference = gemm(a, b, on(isa::scalar{}));
  for (index_t r = 0; r < m; ++r)
    for (index_t c = 0; c < n; ++c) {
      std::int32_t sum = 0;
      for (index_t k = 0; k < depth; ++k) sum += value<A>(a.code(r, k)) * value<B>(b.code(c, k));
      good = good && sum == sums(r, c) && sum == reference(r, c);
      hash.add(static_cast<std::uint64_t>(std::int64_t{sum}));
    }
  hash.print(good ? of : "WRONG SUMS");
}

/// Codes of a quantizer, both ways, and scales.
template <class Q>
void print_codes(const char* of, const Q& q) {
  const auto x = floats(5, 200, 3);
  const auto expected = quantize(q, x, on(isa::scalar{}));
  const auto got = quantize(q, x);
  fingerprint hash;
  for (const word w : got.codes().words()) hash.add(w);
  for (index_t r = 0; r < 5; ++r) hash.add(got.scale(r));
  const bool good = std::memcmp(got.codes().words().data(), expected.codes().words().data(),
                                expected.codes().words().size_bytes()) == 0;
  hash.print(good ? of : "WRONG CODES");
}

void print_first_program() {
  matrix<float> w(8, 4096), x(2, 4096);
  const random_stream random(1);
  for (index_t i = 0; i < 8 * 4096; ++i) w.data()[i] = 2 * random.uniform(i) - 1;
  for (index_t i = 0; i < 2 * 4096; ++i) x.data()[i] = 2 * random.uniform(i + 40000) - 1;
  const auto weights = quantize(per_group(xnor_weight<>{}, per::row), w);
  const auto inputs = quantize(sign{}, x);
  const auto sums = gemm(inputs.codes(), weights.codes());
  const auto y = matmul(inputs, weights);
  std::printf("sum %d, product %a, %ld bytes of weights\n", sums(1, 7),
              static_cast<double>(y(1, 7)), static_cast<long>(weights.bytes()));
}

/// Every kind of field that a file has: integers, floats, images, codes, thresholds, batch norms.
using block = layer::conv2d_batch_norm<binary, binary>;
using network = sequential<layer::float_conv2d, residual<block>,
                           layer::conv2d_threshold<binary, ternary>, layer::float_linear>;

network make_network() {
  const random_stream random(4);
  index_t at = 0;
  const auto next = [&] { return random.uniform(at++) - 0.5f; };
  const auto some = [&](index_t n) {
    std::vector<float> all(static_cast<std::size_t>(n));
    for (float& x : all) x = next();
    return all;
  };
  // One after another: the order of a call's arguments is the compiler's.
  const auto norm = [&](index_t n) {
    const auto gamma = some(n), beta = some(n), mean = some(n);
    auto variance = some(n);
    for (float& x : variance) x += 1;
    return batch_norm(gamma, beta, mean, variance, 1e-5f);
  };
  const batch_norm of_first = norm(20), of_block = norm(20);
  const std::vector<float> bias = some(3);
  image_tensor<float> first({20, 3, 3, 2}), last({3, 1, 1, 7});
  for (auto* const weights : {&first, &last})
    for (index_t i = 0; i < weights->shape().elements(); ++i)
      weights->mutable_pixels().data()[i] = next();
  packed_tensor<binary> middle({20, 3, 3, 20});
  middle.mutable_pixels() = codes<binary>(20 * 9, 20, 5);
  packed_tensor<ternary> behind({7, 6, 6, 20});
  behind.mutable_pixels() = codes<ternary>(7 * 36, 20, 6);
  thresholds channels(7);
  for (index_t c = 0; c < 7; ++c)
    channels.set(c, static_cast<std::int32_t>(10 * c - 30), c % 3 == 0);
  return network(
      layer::float_conv2d(std::move(first), square_window(3, 1, 1), of_first),
      residual(block(std::move(middle), square_window(3, 1, 1), {0.37f}, of_block)),
      layer::conv2d_threshold<binary, ternary>(std::move(behind), square_window(6), channels),
      layer::float_linear(std::move(last), bias));
}

void print_outputs(const network& net) {
  image_tensor<float> x({4, 6, 6, 2});
  const random_stream random(7);
  for (index_t i = 0; i < x.shape().elements(); ++i)
    x.mutable_pixels().data()[i] = random.uniform(i) - 0.5f;
  auto work = net.workspace(x.shape());
  auto y = net.make_output(work);
  net(x.view(), work, y);
  for (index_t n = 0; n < 4; ++n)
    std::printf("outputs %08lx %08lx %08lx\n",
                static_cast<unsigned long>(bits_of(y.pixels()(n, 0))),
                static_cast<unsigned long>(bits_of(y.pixels()(n, 1))),
                static_cast<unsigned long>(bits_of(y.pixels()(n, 2))));
}

/// A size of the file plus 2^32: a machine of 32-bit sizes must not take it for the size.
void print_cut_integer(std::vector<std::byte> file) {
  namespace io = detail::io;
  const std::size_t batch =
      io::header_bytes + 3 * io::name_bytes;  // "seq", its length, the layer's name, 20
  file[batch + 4] = std::byte{1};
  io::put_little(&file[24], io::crc32(std::span<const std::byte>(file).subspan(io::header_bytes)),
                 4);
  io::put_little(&file[28], io::crc32(std::span<const std::byte>(file).first(28)), 4);
  std::printf("20 filters + 2^32: %s\n", load<network>(file) ? "TAKEN" : "refused");
}

/// What integers alone learn: a small network on made-up pictures.
void print_training() {
  constexpr index_t batch = 16, size = 64;
  const random_stream random(5);
  nn::wage_network net({size, 32, 10}, 7);
  matrix<code_t> images(batch, size);
  std::vector<code_t> labels(static_cast<std::size_t>(batch));
  fingerprint result;
  for (index_t step = 0; step < 1000; ++step) {
    for (index_t i = 0; i < batch; ++i) {
      labels[static_cast<std::size_t>(i)] = static_cast<code_t>(i % 10);
      for (index_t k = 0; k < size; ++k) {
        const std::uint32_t pattern = (random.bits(i % 10 * size + k) & 1u) * 100;
        const index_t place = 1000 + (step % 20 * batch + i) * size + k;
        images(i, k) = static_cast<code_t>(pattern + random.bits(place) % 150);
      }
    }
    result.add(static_cast<std::uint64_t>(net.train_step(images.view(), labels, -1)));
  }
  result.add(net.hash());
  for (const index_t answer : net.answers(images.view()))
    result.add(static_cast<std::uint64_t>(answer));
  result.print("1000 steps of training with integers");
}

/// Compressed weights: the bytes of a file, which loads again, and the outputs out of its compressed form.
void print_compressed(const char* of, symbol_coding coding) {
  using compressed = sequential<layer::sparse_linear, layer::hashed_linear>;
  constexpr index_t images = 11, inputs = 200, hidden = 60, outputs = 5;
  const random_stream random(3);
  std::vector<code_t> codes(hidden * inputs);
  for (std::size_t i = 0; i < codes.size(); ++i)
    if (const std::uint32_t bits = random.bits(static_cast<index_t>(i)); bits % 8 == 0)
      codes[i] = static_cast<code_t>(1 + (bits >> 8) % 15);
  std::vector<float> codebook{0.0f};
  for (int i = 1; i < 16; ++i) codebook.push_back(static_cast<float>(i - 8) / 3);
  const compressed net(layer::sparse_linear(compress::encode_sparse(hidden, inputs, codes, codebook,
                                                                    {0, coding, 500}),
                                            std::vector<float>(hidden, 0.25f)),
                       layer::hashed_linear({outputs, hidden, 9, {0.5f, 2.0f, -1.0f}},
                                            std::vector<float>(outputs, 1.0f)));
  const std::vector<std::byte> saved = save(net);
  fingerprint all;
  for (const std::byte b : saved) all.add(std::to_integer<std::uint64_t>(b));
  const auto again = load<compressed>(saved);
  if (!again) return static_cast<void>(std::printf("%s\n", again.problem()));
  matrix<float> x(images, inputs);
  for (index_t i = 0; i < images * inputs; ++i) x.data()[i] = 2 * random.uniform(i) - 1;
  const tensor_shape shape{images, 1, 1, inputs};
  auto work = again->workspace(shape);
  auto y = again->make_output(work);
  (*again)(nhwc<const float>(x.data(), shape), work, y);
  for (index_t i = 0; i < y.shape().elements(); ++i) all.add(y.pixels().data()[i]);
  all.print(of);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::fprintf(stderr, "%s\n", build_info().c_str());
  print_first_program();
  print_product<binary, binary>("binary x binary", 9, 70, 1000);
  print_product<binary, binary>("binary x binary, one row", 1, 3, 63);
  print_product<ternary, ternary>("ternary x ternary", 9, 17, 300);
  print_product<ternary, binary>("ternary x binary", 3, 5, 129);
  print_product<unsigned_bits<2>, signed_bits<4>>("unsigned 2 bits x signed 4 bits", 8, 9, 257);
  print_product<unsigned_bits<8>, binary>("unsigned 8 bits x binary", 2, 33, 100);
  print_product<bipolar_bits<3>, binary>("bipolar 3 bits x binary", 4, 4, 192);
  print_product<signed_bits<8>, signed_bits<8>>("signed 8 bits x signed 8 bits", 3, 16, 65);
  print_product<bipolar_bits<2>, bipolar_bits<2>>("bipolar 2 bits x bipolar 2 bits", 16, 16, 128);
  print_product<binary, unsigned_bits<1>>("binary x unsigned 1 bit", 5, 6, 640);
  print_codes("sign", sign{});
  print_codes("heaviside", heaviside{});  // subnormals are above 0
  print_codes("twn of rows", per_group(twn{}, per::row));
  print_codes("dorefa_activation<2>", dorefa_activation<2>{});
  print_codes("jacob_affine<8>", jacob_affine<8>{});
  print_codes("lsq<4>", lsq<4>{});
  print_training();
  print_compressed("compressed, fixed width", symbol_coding::raw);
  print_compressed("compressed, Huffman", symbol_coding::huffman);
  print_compressed("compressed, rANS", symbol_coding::rans);

  const network net = make_network();
  const std::vector<std::byte> saved = save(net);
  fingerprint bytes;
  for (const std::byte b : saved) bytes.add(std::to_integer<std::uint64_t>(b));
  bytes.print("saved network");
  print_outputs(net);
  print_cut_integer(saved);
  if (std::strcmp(argv[1], "write") == 0 && !write_file(argv[2], saved)) return 2;
  const auto again = load<network>(read_file(argv[2]));
  if (!again) return std::printf("%s (byte %zu)\n", again.problem(), again.place()), 2;
  std::printf("loaded: %s\n", save(*again) == saved ? "the same bytes" : "OTHER BYTES");
  print_outputs(*again);
}
