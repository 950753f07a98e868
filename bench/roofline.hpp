// The roofs of arithmetic: what the instructions of a kernel do at best.
//
// A kernel's inner loop is a fixed mix of instructions. Repeated on registers alone – enough independent
// chains to hide every latency, nothing loaded, nothing stored – the mix shows the rate that no kernel
// built of it can pass; `of_peak` in the report is a product's rate divided by its ISA's. One
// multiply-accumulate (MAC) of two bits is one bit of an xor and its count:
//
//     mix                                    MAC a step      MAC a cycle on two 512-bit ports (Intel)
//     xor + popcnt + add, 64-bit scalar           64           64    one popcnt a cycle
//     pshufb + paddb, 32-byte look-up     4 * 32 = 128        192    two uops on three ports, at best
//     pshufb + paddb, 64-byte look-up     4 * 64 = 256        256    one shuffle a cycle, at best
//     xor + vpopcntd + vpaddd, 64 bytes   8 * 64 = 512        341    three uops on two ports
//     3 vpternlogd + vpopcntd + vpaddd   16 * 64 = 1024       410    five uops on two ports
//     vfmadd, 64 bytes (fp32)                     16           32
//     vpdpbusd, 64 bytes (int8)                   64          128
//     tdpbusd, 16 x 16 tile (int8)     16 * 16 * 64          1024    one tile product in 16 cycles
//
// (A look-up adds the sum of four products for each byte of a register.) Products of the vector popcount are
// held against xor + count + add, which every XNOR kernel was built of, and pass it: theirs are the fused
// adders of the next line (kernel/bits/fused_adder.hpp). The loops are written in assembly inside functions with
// their own target attribute: they are what they say with every compiler and flag.
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

/// The mix that bounds the kernels of an ISA; null if none is known.
[[nodiscard]] const instruction_mix* roof_of(const std::string& isa);

}  // namespace bench
