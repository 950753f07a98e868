#include "read_rate.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "lowbit/dispatch/with_isa.hpp"

namespace bench {
namespace {

using load_loop = void (*)(const unsigned char*, std::size_t);

#if LOWBIT_X86
// Eight registers a turn; `bytes` is a multiple of 512.
#define BENCH_LOAD_LOOP(LOAD, WIDTH)                                          \
  const unsigned char* const end = p + bytes;                                 \
  asm volatile("1:\n.irp i, 0,1,2,3,4,5,6,7\n" LOAD "\n.endr\n add $8*" WIDTH \
               ", %0; cmp %1, %0; jb 1b; vzeroupper"                          \
               : "+r"(p)                                                      \
               : "r"(end)                                                     \
               : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7")

[[gnu::target("avx512f")]] void load_512(const unsigned char* p, std::size_t bytes) {
  BENCH_LOAD_LOOP("vmovdqu64 \\i*64(%0), %%zmm\\i", "64");
}
[[gnu::target("avx2")]] void load_256(const unsigned char* p, std::size_t bytes) {
  BENCH_LOAD_LOOP("vmovdqu \\i*32(%0), %%ymm\\i", "32");
}
#endif

/// What the compiler makes of a sum of words.
void load_words(const unsigned char* p, std::size_t bytes) {
  std::uint64_t sum[8] = {};
  for (std::size_t at = 0; at < bytes; at += sizeof sum) {
    std::uint64_t words[8];
    std::memcpy(words, p + at, sizeof words);
    for (int i = 0; i < 8; ++i) sum[i] += words[i];
  }
  asm volatile("" : : "m"(sum));
}

load_loop widest_loads() {
#if LOWBIT_X86
  using lowbit::detail::dispatch::available;
  if (available(lowbit::isa::avx512bw{})) return load_512;
  if (available(lowbit::isa::avx2{})) return load_256;
#endif
  return load_words;
}

/// What sysconf reports, or a customary size.
std::size_t reported(long value, std::size_t otherwise) {
  return value > 0 ? static_cast<std::size_t>(value) : otherwise;
}

}  // namespace

read_set::read_set(std::size_t bytes)
    : bytes_((bytes + 511) / 512 * 512), memory_(new unsigned char[bytes_]) {
  std::memset(memory_.get(), 1, bytes_);
}

void read_set::read() const {
  static const load_loop load = widest_loads();
  if (bytes_ > 0) load(memory_.get(), bytes_);
}

std::vector<memory_level> memory_levels() {
  constexpr std::size_t kib = 1024, mib = 1024 * kib;
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  const std::size_t l1 = reported(sysconf(_SC_LEVEL1_DCACHE_SIZE), 32 * kib);
  const std::size_t l2 = reported(sysconf(_SC_LEVEL2_CACHE_SIZE), 512 * kib);
  const std::size_t l3 = reported(sysconf(_SC_LEVEL3_CACHE_SIZE), 8 * mib);
#else
  const std::size_t l1 = 32 * kib, l2 = 512 * kib, l3 = 8 * mib;
#endif
  // Of a large L3, other cores and other guests have their share: a set of a few L2 sizes stays in ours.
  const std::size_t in_l3 = std::min(l3 / 2, 8 * l2);
  const std::size_t in_dram = std::clamp(2 * l3, 256 * mib, 1024 * mib);
  return {{"L1", l1 / 2}, {"L2", l2 / 2}, {"L3", in_l3}, {"DRAM", in_dram}};
}

}  // namespace bench
