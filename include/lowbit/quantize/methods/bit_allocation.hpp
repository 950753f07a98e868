// lowbit/quantize/methods/bit_allocation.hpp – how many bits each layer gets, for one signal-to-noise ratio.
//
// The quantization noise of all layers adds up at the output: 1 / snr = sum 1 / snr_i. One bit is worth kappa dB in
// each layer. Minimising the model's size sum rho_i beta_i under a fixed ratio (rho: parameters of a layer, or its
// multiplications) gives
//
//     10 log10(rho_i) + kappa beta_i = const        beta_i = beta_0 + (10 / kappa) log10(rho_0 / rho_i)
//
// so large layers get fewer bits: one fewer for each factor of 10^(kappa / 10), about 3 for kappa = 5.
//
// Source: Lin, Talathi, Annapureddy, arXiv:1511.06393, eq. 10-14.
#ifndef LOWBIT_QUANTIZE_METHODS_BIT_ALLOCATION_HPP
#define LOWBIT_QUANTIZE_METHODS_BIT_ALLOCATION_HPP

#include <cmath>
#include <limits>
#include <span>

#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// beta[i] = the real number of bits of layer i, given that layer 0 has first_bits; round to the widths
/// that you have. Errors: lengths differ; a rho, or decibels_per_bit, is not positive and finite, or first_bits not
/// finite.
inline void allocate_bits(std::span<const double> rho, double first_bits, std::span<double> beta,
                          double decibels_per_bit = 5) {
  if (rho.size() != beta.size())
    detail::fail("allocate_bits: %zu sizes, %zu widths: they must be equal", rho.size(),
                 beta.size());
  constexpr double most = (std::numeric_limits<double>::max)();
  if (is_nan(decibels_per_bit) || !(decibels_per_bit > 0 && decibels_per_bit <= most))
    detail::fail("allocate_bits: %g dB per bit: it must be positive and finite", decibels_per_bit);
  if (is_nan(first_bits) || !(first_bits >= -most && first_bits <= most))
    detail::fail("allocate_bits: the first layer has %g bits: it must be finite", first_bits);
  for (std::size_t i = 0; i < rho.size(); ++i) {
    if (is_nan(rho[i]) || !(rho[i] > 0 && rho[i] <= most))
      detail::fail("allocate_bits: layer %zu has size %g: it must be positive and finite", i,
                   rho[i]);
    beta[i] = first_bits + 10 / decibels_per_bit * std::log10(rho[0] / rho[i]);
  }
}

LOWBIT_END

#endif
