// lowbit/quantize/methods/lbcnn_kernels.hpp – the fixed random kernels of local binary convolutional networks.
//
// The kernels of a layer are drawn once and never trained: a share of the places has +1 or -1, all others 0. A ReLU
// follows, then a trained 1x1 convolution in float that mixes the results. So the wide part of the layer is a ternary
// product, and its weights are a seed.
//
//     auto w = lowbit::lbcnn_kernels(64, 9 * 32, 0.1, lowbit::random_stream(seed));   64 kernels of 3x3x32
//     auto packed = lowbit::quantize(lowbit::ternary_threshold<>{}, w);
//
// Places are drawn with replacement over the whole layer, floor(share * elements) times, as the authors do. A few are
// drawn twice; then the last draw counts.
//
// Source: Juefei-Xu, Boddeti, Savvides, "Local binary convolutional neural networks", arXiv:1608.06049.
#ifndef LOWBIT_QUANTIZE_METHODS_LBCNN_KERNELS_HPP
#define LOWBIT_QUANTIZE_METHODS_LBCNN_KERNELS_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/core/random.hpp"

LOWBIT_BEGIN

/// kernels x depth numbers of -1, 0 and 1. Draw i uses the numbers 2i (place) and 2i + 1 (sign) of the
/// stream. Errors: share is not in [0, 1]; a negative size.
[[nodiscard]] inline matrix<float> lbcnn_kernels(index_t kernels, index_t depth, double share,
                                                 const random_stream& stream) {
  if (is_nan(share) || !(share >= 0) || !(share <= 1))
    detail::fail("lbcnn_kernels: share is %g: it must be in [0, 1]", share);
  matrix<float> out(kernels, depth);
  const index_t size = kernels * depth;
  const auto draws = static_cast<index_t>(share * static_cast<double>(size));
  for (index_t i = 0; i < draws; ++i) {
    const auto place = static_cast<index_t>(
        static_cast<std::uint64_t>(stream.bits(2 * i)) * static_cast<std::uint64_t>(size) >> 32);
    out.data()[place] = (stream.bits(2 * i + 1) & 1u) != 0 ? 1.0f : -1.0f;
  }
  return out;
}

LOWBIT_END

#endif
