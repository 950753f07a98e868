// Compressed weights: how fast their symbols decode, and what a product out of the compressed form costs.
//
//   decode/<coding>/<symbols>   a panel after the other on one core; items are stored symbols
//   gemv/<weights>              one input times 64 M weights, 10 % kept, which no cache holds: dense floats, then the
//                               same weights as a sparse matrix with a codebook, with fixed widths and entropy-coded.
//                               The label has the bytes that a weight takes
//
// Every case checks its result first: the symbols, or the bits of the sums.
#include <cmath>

#include "lowbit/compress/encode_sparse.hpp"
#include "lowbit/product/sparse_linear.hpp"
#include "support.hpp"

namespace {

using lowbit::code_t;
using lowbit::index_t;
using lowbit::symbol_coding;

constexpr index_t symbol_count = 1 << 22, panel_size = 4096;

/// Gaps between kept weights at random, each kept with probability `share`, cut at the alphabet.
std::vector<code_t> gaps(int bits, double share) {
  const lowbit::random_stream stream(1);
  std::vector<code_t> out;
  for (index_t i = 0; i < symbol_count; ++i) {
    const double gap =
        std::floor(std::log(1 - static_cast<double>(stream.uniform(i))) / std::log(1 - share));
    out.push_back(static_cast<code_t>(std::fmin(gap, (1 << bits) - 1)));
  }
  return out;
}
/// Codes of normal weights around the middle of the alphabet: the sum of four uniform numbers.
std::vector<code_t> weights(int bits) {
  const lowbit::random_stream stream(2);
  std::vector<code_t> out;
  for (index_t i = 0; i < symbol_count; ++i) {
    float sum = 0;
    for (index_t k = 0; k < 4; ++k) sum += stream.uniform(4 * i + k) / 4;
    out.push_back(static_cast<code_t>(sum * static_cast<float>(1 << bits)));
  }
  return out;
}

void add_decode(const std::string& name, int bits, std::vector<code_t> (*make)(int)) {
  for (const symbol_coding coding :
       {symbol_coding::raw, symbol_coding::huffman, symbol_coding::rans})
    bench::add(
        std::string("decode/") + lowbit::name_of(coding) + "/" + name,
        [=](benchmark::State& state) {
          const std::vector<code_t> symbols = make(bits);
          const lowbit::coded_symbols coded(lowbit::compress::code_symbols(
              symbols, lowbit::compress::even_panels(symbol_count, panel_size), bits, coding));
          if (coded.decoded() != symbols) {
            state.SkipWithError("other symbols");
            return;
          }
          code_t out[panel_size];
          for (auto _ : state)
            for (index_t p = 0; p < coded.panels(); ++p) {
              auto decoder = coded.decoder(p);
              bool taken = decoder.take(out, panel_size);
              benchmark::DoNotOptimize(taken);
              benchmark::DoNotOptimize(out);
              benchmark::ClobberMemory();
            }
          state.SetItemsProcessed(state.iterations() * symbol_count);
          const double all = 8.0 * static_cast<double>(coded.parts().stream.size());
          state.SetLabel(std::to_string(all / static_cast<double>(symbol_count)) +
                         " bits per symbol");
        });
}

constexpr index_t inputs = 4096;
const index_t outputs = bench::quick() ? 1024 : 16384;

/// Codes of 4 bits; a weight in ten is not 0.
std::vector<code_t> sparse_codes() {
  const lowbit::random_stream stream(3);
  std::vector<code_t> codes(static_cast<std::size_t>(outputs * inputs));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint32_t bits = stream.bits(static_cast<index_t>(i));
    if (bits % 10 == 0) codes[i] = static_cast<code_t>(1 + (bits >> 8) % 15);
  }
  return codes;
}
std::vector<float> codebook() {
  std::vector<float> values{0.0f};
  for (int i = 1; i < 16; ++i) values.push_back(static_cast<float>(i - 8) / 7);
  return values;
}

/// Gaps of 5 bits: a weight in 30 is behind a longer gap, and takes a filler.
constexpr int gap_bits = 5;

void add_gemv(const char* name, const lowbit::compress::sparse_options& how) {
  bench::add(std::string("gemv/") + name, [=](benchmark::State& state) {
    const auto w =
        lowbit::compress::encode_sparse(outputs, inputs, sparse_codes(), codebook(), how);
    const auto x = bench::random_floats(1, inputs, 5);
    const auto y = lowbit::sparse_matmul(x, w);
    const auto dense = w.decoded();
    for (index_t n = 0; n < outputs; n += 100) {
      double sum = 0;
      for (index_t k = 0; k < inputs; ++k)
        sum += static_cast<double>(x(0, k)) * static_cast<double>(dense(n, k));
      if (y(0, n) != static_cast<float>(sum)) {
        state.SkipWithError("other sums");
        return;
      }
    }
    for (auto _ : state) benchmark::DoNotOptimize(lowbit::sparse_matmul(x, w));
    const auto &g = w.parts().gaps.parts(), &c = w.parts().codes.parts();
    state.SetItemsProcessed(state.iterations() * outputs * inputs);
    state.SetLabel(std::to_string(static_cast<double>(g.stream.size() + c.stream.size()) /
                                  static_cast<double>(outputs * inputs)) +
                   " bytes per weight, " + std::to_string(w.entries()) + " entries");
  });
}

/// What a dense product has to do at least, well written: 16 independent float sums per row.
void add_dense_gemv() {
  bench::add("gemv/dense floats", [](benchmark::State& state) {
    const auto w = bench::random_floats(outputs, inputs, 4);
    const auto x = bench::random_floats(1, inputs, 5);
    std::vector<float> y(static_cast<std::size_t>(outputs));
    for (auto _ : state) {
      lowbit::with_isa([&]<class Tag>(Tag) {
        lowbit::detail::arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
          for (index_t n = 0; n < outputs; ++n) {
            float sum[64] = {};
            const float* const row = w.row(n).data();
            for (index_t k = 0; k < inputs; k += 64)
              for (index_t l = 0; l < 64; ++l) sum[l] += row[k + l] * x(0, k + l);
            float all = 0;
            for (const float s : sum) all += s;
            y[static_cast<std::size_t>(n)] = all;
          }
        });
      });
      benchmark::DoNotOptimize(y.data());
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * outputs * inputs);
    state.SetLabel("4 bytes per weight");
  });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, [] {
    add_decode("gaps of 4 bits", 4, [](int bits) { return gaps(bits, 0.1); });
    add_decode("gaps of 5 bits", 5, [](int bits) { return gaps(bits, 0.08); });
    add_decode("weights of 5 bits", 5, weights);
    add_decode("weights of 8 bits", 8, weights);
    add_dense_gemv();
    add_gemv("sparse, fixed width", {gap_bits, symbol_coding::raw});
    add_gemv("sparse, Huffman", {gap_bits, symbol_coding::huffman});
    add_gemv("sparse, rANS", {gap_bits, symbol_coding::rans});
    add_gemv("sparse, smallest", {});
  });
}
