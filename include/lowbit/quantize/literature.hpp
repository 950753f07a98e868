// lowbit/quantize/literature.hpp – which paper is where: a map from the literature to names of the catalogue.
//
// Surveys (Qin et al., "Binary neural networks: a survey"; Sze et al., "Efficient processing of deep neural
// networks", arXiv:1703.09039) list most of these. "training" stands for losses, optimizers, updates and
// schedules, "compression" for pruning, bit allocation in pipelines and entropy coding, which are no
// quantizers.
#ifndef LOWBIT_QUANTIZE_LITERATURE_HPP
#define LOWBIT_QUANTIZE_LITERATURE_HPP

#include "lowbit/abi.hpp"

LOWBIT_BEGIN

namespace detail::papers {

// What is not on arXiv: where it appeared, and its page.
inline constexpr const char* anwar = "ICASSP https://ieeexplore.ieee.org/document/7178146";
inline constexpr const char* clip_q =
    "CVPR https://openaccess.thecvf.com/content_cvpr_2018/html/"
    "Tung_CLIP-Q_Deep_Network_CVPR_2018_paper.html";
inline constexpr const char* elq =
    "CVPR https://openaccess.thecvf.com/content_cvpr_2018/html/"
    "Zhou_Explicit_Loss-Error-Aware_Quantization_CVPR_2018_paper.html";
inline constexpr const char* feature_quantization =
    "CVPR https://openaccess.thecvf.com/content_cvpr_2018/html/"
    "Sun_Feature_Quantization_for_CVPR_2018_paper.html";
inline constexpr const char* tsq =
    "CVPR https://openaccess.thecvf.com/content_cvpr_2018/html/"
    "Wang_Two-Step_Quantization_for_CVPR_2018_paper.html";
inline constexpr const char* vanhoucke =
    "NIPS workshop https://research.google/pubs/"
    "improving-the-speed-of-neural-networks-on-cpus/";
inline constexpr const char* vnq = "ICLR https://openreview.net/forum?id=ry-TW-WAb";

}  // namespace detail::papers

/// One paper and the names that implement it, separated by "; ".
struct literature_entry {
  const char* title;
  const char* paper;  ///< arXiv number; or where it appeared, and its address
  const char* names;
};

inline constexpr literature_entry literature[] = {
    {"Straight-through estimators (Bengio et al.)", "1308.3432", "ste::identity"},
    {"BinaryConnect", "1511.00363", "sign<ste::identity>; stochastic_sign<>"},
    {"BNN, binarized neural networks", "1602.02830",
     "sign<>; stochastic_sign<>; nearest_power_of_two; training"},
    {"AND networks", "1602.02830", "heaviside<>"},
    {"Bitwise neural networks", "1601.06071", "sign<>; ternary_threshold<>; training"},
    {"BWN, XNOR-Net, XNOR.AI", "1603.05279", "xnor_weight<>; sign<ste::open_hard_tanh>"},
    {"BNN on the ImageNet classification task", "1604.03058", "training"},
    {"Bi-Real Net; magnitude-aware sign", "1808.00278",
     "sign<ste::approx_sign>; magnitude_aware_sign<>"},
    {"BNN+", "1812.11800", "sign<ste::sign_swish>; training"},
    {"IR-Net", "1909.10788", "irnet_weight<>; sign<ste::error_decay>"},
    {"ReActNet", "2003.03488", "rsign<>; rprelu"},
    {"Bop", "1906.02107", "training"},
    {"Mixed convex-combinatorial optimization (FTProp)", "1710.11573",
     "sign<ste::saturated_hinge>; sign<ste::soft_hinge>"},
    {"TernaryConnect; quantized back-propagation", "1510.03009",
     "ternary_threshold<>; stochastic_ternary<>; nearest_power_of_two"},
    {"TWN", "1605.04711", "twn<>; twn_exact<>"},
    {"TTQ", "1612.01064", "ttq"},
    {"TNN", "1609.00222", "fit_tnn_neuron; ternary_threshold<>; stochastic_ternary<>"},
    {"FGQ", "1705.01462", "twn_exact<>"},
    {"GXNOR-Net", "1705.09283", "gxnor_activation<1>; ste::rectangle; ste::triangle; training"},
    {"SYQ", "1807.00301", "syq<>; syq<binary>"},
    {"VNQ", detail::papers::vnq, "vnq; compression"},
    {"BitNet", "2310.11453", "bitnet_binary<>; bitnet_activation<8>"},
    {"BitNet b1.58", "2402.17764", "bitnet_ternary<>; bitnet_activation<8>"},
    {"DoReFa-Net", "1606.06160", "dorefa_weight<3>; dorefa_activation<2>; dorefa_gradient<4>"},
    {"BFCN", "1612.00212", "dorefa_weight<3>; dorefa_activation<2>; training"},
    {"WRPN", "1709.01134", "wrpn_weight<4>; dorefa_activation<8>"},
    {"PACT", "1805.06085", "pact<4>"},
    {"LSQ", "1902.08153", "lsq<4>; lsq<2, unsigned_bits<2>>"},
    {"DSQ", "1908.05033", "dsq<2>"},
    {"HWGQ", "1702.00953", "half_wave<2>; half_wave_table<2>; half_wave_levels"},
    {"TSQ", detail::papers::tsq, "tsq_activation<2>; tsq_ternary"},
    {"QNN", "1609.07061", "qnn_linear<4>; qnn_log"},
    {"WAGE", "1802.04680", "wage_weight<2>; wage_activation<8>; wage_error<8>; wage_gradient"},
    {"BCGD", "1808.05240", "bcgd_activation<4>; training"},
    {"Integer-arithmetic-only inference (Jacob et al.)", "1712.05877",
     "jacob_affine<8>; jacob_weight<8>; moving_range; fixed_multiplier"},
    {"Improving the speed of neural networks on CPUs; NCNN", detail::papers::vanhoucke,
     "jacob_weight<8>; jacob_affine<8>"},
    {"Low-precision batch-normalized activations", "1702.08231", "low_precision_batch_norm<2>"},
    {"Fixed point quantization of deep convolutional networks", "1511.06393",
     "midrise<2>; sqnr_midrise<3>; midrise_step; allocate_bits"},
    {"Fixed point optimization of deep CNNs (Anwar et al.)", detail::papers::anwar, "l2_step<2>"},
    {"Hardware-oriented approximation (Ristretto)", "1605.06402",
     "fixed_point<8>; stochastic_fixed_point<8>; dynamic_fixed_point<8>; minifloat<4, 3>"},
    {"Training with low precision multiplications", "1412.7024", "scaled_integer"},
    {"Training quantized nets: a deeper understanding", "1706.02379",
     "stochastic_fixed_point<8>; training"},
    {"Flexpoint", "1711.02213", "flexpoint<16>"},
    {"Logarithmic data representation; LogNet", "1603.01025",
     "log_quantizer<4>; log_quantizer<4, 2>; qnn_linear<4>"},
    {"INQ", "1702.03044", "inq<5>; freeze_largest"},
    {"ShiftCNN", "1706.02393", "shiftcnn<2, 4>"},
    {"ABC-Net", "1711.11294", "abc_weight<3>; abc_activation<3>"},
    {"HORQ", "1708.08687", "horq<2>"},
    {"Network sketching", "1706.02021",
     "network_sketch<3>; network_sketch<3, residual_fit::greedy>"},
    {"LQ-Nets", "1807.10029", "lq_weight<2>; lq_activation<3>"},
    {"Deep Compression", "1510.00149", "kmeans<5>; compression"},
    {"HashedNets", "1504.04788", "hashed_weights<4>"},
    {"CLIP-Q", detail::papers::clip_q, "compression"},
    {"ELQ", detail::papers::elq, "training"},
    {"Feature quantization (Sun et al.)", detail::papers::feature_quantization,
     "scaled_floor; signed_power"},
    {"Distribution loss", "1904.02823", "training"},
    {"Apprentice", "1711.05852", "training"},
    {"Defensive quantization", "1904.08444", "training"},
    {"Circulant binary networks (CBConv, CBP)", "1910.10853", "circulant_filter"},
    {"LBCNN", "1608.06049", "lbcnn_kernels"},
};

LOWBIT_END

#endif
