#include "peers.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "lowbit/dispatch/with_isa.hpp"

namespace bench {

// The build writes peer_list.inc: a BENCH_PEER for each library found, a BENCH_ABSENT_PEER for each other.
#define BENCH_PEER(function, name, package) \
  std::optional<rival> function(std::shared_ptr<const integer_product>);
#define BENCH_ABSENT_PEER(name, package)
#include "peer_list.inc"
#undef BENCH_PEER
#undef BENCH_ABSENT_PEER

const std::vector<peer>& peers() {
#define BENCH_PEER(function, name, package) {name, package, function},
#define BENCH_ABSENT_PEER(name, package) {name, package, nullptr},
  static const std::vector<peer> all = {
#include "peer_list.inc"
  };
#undef BENCH_PEER
#undef BENCH_ABSENT_PEER
  return all;
}

#define BENCH_CONVOLUTION(function) \
  std::optional<rival> function(std::shared_ptr<const integer_convolution>);
#include "convolution_list.inc"
#undef BENCH_CONVOLUTION

const std::vector<convolution_maker>& convolution_makers() {
#define BENCH_CONVOLUTION(function) function,
  static const std::vector<convolution_maker> all = {
#include "convolution_list.inc"
  };
#undef BENCH_CONVOLUTION
  return all;
}

void give_peers_their_best(char** argv) {
#if LOWBIT_X86 && defined(__linux__)
  constexpr const char* variable = "OPENBLAS_CORETYPE";
  void* const core_name = dlsym(RTLD_DEFAULT, "openblas_get_corename");
  if (core_name == nullptr || std::getenv(variable) != nullptr) return;
  if (reinterpret_cast<const char* (*)()>(core_name)() != std::string_view("Prescott")) return;
  using namespace lowbit;
  if (!detail::dispatch::available(isa::avx2{})) return;
  setenv(variable, detail::dispatch::available(isa::avx512bw{}) ? "SkylakeX" : "Haswell", 1);
  execv("/proc/self/exe", argv);
#else
  static_cast<void>(argv);
#endif
}

void limit_peer_threads(int threads) {
  // Whichever of these a peer has brought along; their headers need not be installed.
  for (const char* const name : {"omp_set_num_threads", "openblas_set_num_threads"})
    if (void* const set = dlsym(RTLD_DEFAULT, name)) reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace bench
