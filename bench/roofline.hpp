// The roofs of arithmetic: what the instructions of a kernel do at best.
//
// A kernel's inner loop is a fixed mix of instructions. Here the mix runs on registers alone, in enough independent
// chains to hide every latency, without loads and stores. No kernel built of the mix can be faster. `of_peak` in the
// report is a product's rate divided by the rate of its ISA's mix. One multiply-accumulate (MAC) of two bits is one
// bit of an xor and its count:
//
//     mix                                    MAC per step   MAC per cycle on two 512-bit ports (Intel)
//     xor + popcnt + add, 64-bit scalar           64           64    one popcnt per cycle
//     pshufb + paddb, 32-byte look-up     4 * 32 = 128        192    two uops on three ports, at best
//     pshufb + paddb, 64-byte look-up     4 * 64 = 256        256    one shuffle per cycle, at best
//     xor + vpopcntd + vpaddd, 64 bytes   8 * 64 = 512        341    three uops on two ports
//     3 vpternlogd + vpopcntd + vpaddd   16 * 64 = 1024       410    five uops on two ports
//     vfmadd, 64 bytes (fp32)                     16           32
//     vpdpbusd, 64 bytes (int8)                   64          128
//     tdpbusd, 16 x 16 tile (int8)     16 * 16 * 64          1024    one tile product in 16 cycles
//
// (A look-up adds the sum of four products per byte of a register.) Products with the vector popcount are compared
// with xor + count + add, of which every XNOR kernel was built. They pass that rate, because they run the fused adders
// of the next line (kernel/bits/fused_adder.hpp). The loops are assembly inside functions with a target attribute, so
// they are the same with every compiler and flag.
#pragma once

#include <string>
#include <vector>

namespace bench {

/// One register loop.
struct instruction_mix {
  const char* name;        ///< the instructions
  const char* short_name;  ///< what they are used for
  const char* isa;  ///< the ISA whose kernels are held against them, as in LOWBIT_ISA; "": none's
  double mac;       ///< multiply-accumulates of one call
  void (*run)();
  bool (*available)();
};

/// All mixes this library knows for this CPU family, available or not, roughly slowest first.
[[nodiscard]] const std::vector<instruction_mix>& instruction_mixes();

/// The mix that bounds the kernels of bits of an ISA; null if none is known.
[[nodiscard]] const instruction_mix* roof_of(const std::string& isa);

/// The mix that bounds a kernel, by its name: of bytes, or of the bits of an ISA; null if none is known.
[[nodiscard]] const instruction_mix* roof_of_kernel(const std::string& kernel,
                                                    const std::string& isa);

}  // namespace bench
