// Prints digests of the codes of every quantizer, as made and fitted, of the reference and of the ISA that it is
// compiled for. Optimized, and with -ffast-math, which also flushes denormals from the program's start on, it must
// print what it prints without. Floats are made of their bits, so that no flag changes them.
#include <cstdio>
#include <span>
#include <vector>

#include <lowbit/encode/quantize.hpp>
#include <lowbit/quantize/catalogue.hpp>

namespace {

using namespace lowbit;

std::uint64_t digest;
void add(std::uint64_t number) { digest = (digest ^ number) * 1099511628211u; }

template <class Q>
void print(const char* name, const char* how, const Q& q, const std::vector<float>& floats) {
  // Rows too short for boundaries to be searched, around the sizes of blocks, and one that is long enough.
  for (const std::size_t count : {8, 63, 64, 65, 300, 4096}) {
    const matrix_view<const float> x(floats.data(), 1, static_cast<index_t>(count));
    const auto run = [&](auto isa, const char* where) {
      digest = 14695981039346656037u;
      packed_matrix<typename Q::encoding> codes(1, x.cols());
      if constexpr (stochastic_quantizer<Q>)
        encode(q, x, codes, random_stream(7), on(isa));
      else
        encode(q, x, codes, on(isa));
      for (const word w : codes.words()) add(w);
      std::printf("%s, %s, %s, %zu numbers: %016llx\n", name, how, where, count,
                  static_cast<unsigned long long>(digest));
    };
    run(isa::scalar{}, "scalar");
    run(chosen_isa(), "vectors");
  }
}

}  // namespace

int main() {
  const random_stream random(20260922);
  std::vector<float> data(1000), floats;
  for (std::size_t i = 0; i < data.size(); ++i) {  // of either sign, 2^-5 to 2^3
    const std::uint32_t bits = random.bits(static_cast<index_t>(i));
    data[i] = float_of((bits & 0x83ffffffu) + (bits >> 26 & 1) * 0x800000u + 0x3d000000u);
  }
  // What the standard calls special, in the shorter row too.
  for (const std::uint32_t size :
       {0x7fc00000u, 0x7f800001u, 0x7f800000u, 0x7f7fffffu, 0x0u, 0x1u, 0x7fffffu, 0x800000u})
    for (const std::uint32_t sign : {0u, 0x80000000u}) floats.push_back(float_of(size | sign));
  // Multiples of 1/16 and 3/16, where the formulas below have their ties, and their neighbours.
  for (int i = -150; i <= 150; ++i)
    for (const float x : {static_cast<float>(i) / 16, static_cast<float>(3 * i) / 16}) {
      floats.push_back(x);
      floats.push_back(next_up(x));
      floats.push_back(-next_up(-x));
    }
  floats.insert(floats.end(), data.begin(), data.end());
  floats.insert(floats.end(), data.begin(), data.end());
  floats.resize(4096);

  for_each_quantizer([&]<class Q>(const catalogue_entry<Q>& entry) {
    print(entry.name, "as made", Q{}, floats);
    if constexpr (fitted<Q>) {
      print(entry.name, "fitted", Q{}.fit(std::span<const float>(data)), floats);
    } else {
      Q q;  // what no reciprocal has exactly
      if constexpr (requires { q.step = 0.375f; }) q.step = 0.375f;
      if constexpr (requires { q.alpha = 0.375f; }) q.alpha = 0.375f;
      if constexpr (requires { q.scale = 0.375f; }) q.scale = 0.375f;
      if constexpr (requires { q.lower = q.upper; }) {
        q.lower *= 0.375f;
        q.upper *= 0.375f;
      }
      print(entry.name, "of steps of 3/8", q, floats);
    }
  });
}
