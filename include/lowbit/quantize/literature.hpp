// lowbit/quantize/literature.hpp – which paper is where: a map from the literature to names of the catalogue.
//
// Which entries of the catalogue come from a paper is in the catalogue. This list has the papers' titles, and what
// else they use: methods of other papers, and two words for what is no quantizer:
//
//     training       losses, optimizers, updates, schedules
//     compression    pruning, bit allocation and other steps of pipelines, entropy coding
//
// Surveys that list most of these papers: Qin et al., "Binary neural networks: a survey"; Sze et al., "Efficient
// processing of deep neural networks", arXiv:1703.09039.
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

/// One paper. Entries of the catalogue that give it as theirs are not repeated here.
struct literature_entry {
  const char* title;
  const char* paper;      ///< arXiv number; or where it appeared, and its address
  const char* also = "";  ///< what else implements it, separated by "; "
};

inline constexpr literature_entry literature[] = {
    {"Straight-through estimators (Bengio et al.)", "1308.3432"},
    {"BinaryConnect", "1511.00363", "training"},
    {"BNN, binarized neural networks; AND networks", "1602.02830", "stochastic_sign<>; training"},
    {"Bitwise neural networks", "1601.06071", "sign<>; ternary_threshold<>; training"},
    {"BWN, XNOR-Net, XNOR.AI", "1603.05279"},
    {"BNN on the ImageNet classification task", "1604.03058", "training"},
    {"Bi-Real Net; magnitude-aware sign", "1808.00278"},
    {"BNN+", "1812.11800", "training"},
    {"IR-Net", "1909.10788"},
    {"ReActNet", "2003.03488"},
    {"Bop", "1906.02107", "training"},
    {"Mixed convex-combinatorial optimization (FTProp)", "1710.11573", "training"},
    {"TernaryConnect; quantized back-propagation", "1510.03009", "nearest_power_of_two"},
    {"TWN", "1605.04711", "twn_exact<>"},
    {"TTQ", "1612.01064"},
    {"TNN", "1609.00222", "ternary_threshold<>; stochastic_ternary<>; compression"},
    {"FGQ", "1705.01462", "compression"},
    {"GXNOR-Net", "1705.09283", "training"},
    {"SYQ", "1807.00301"},
    {"VNQ", detail::papers::vnq, "training; compression"},
    {"BitNet", "2310.11453", "bitnet_activation<8>; training"},
    {"BitNet b1.58", "2402.17764", "training"},
    {"Sherry", "2601.07892", "compression"},
    {"DoReFa-Net", "1606.06160", "training"},
    {"BFCN", "1612.00212", "dorefa_weight<3>; dorefa_activation<2>; training"},
    {"WRPN", "1709.01134", "dorefa_activation<8>"},
    {"PACT", "1805.06085"},
    {"LSQ", "1902.08153"},
    {"DSQ", "1908.05033"},
    {"HWGQ", "1702.00953"},
    {"TSQ", detail::papers::tsq, "compression"},
    {"QNN", "1609.07061"},
    {"WAGE", "1802.04680", "training"},
    {"BCGD", "1808.05240", "training"},
    {"Integer-arithmetic-only inference (Jacob et al.)", "1712.05877"},
    {"Improving the speed of neural networks on CPUs; NCNN", detail::papers::vanhoucke,
     "jacob_weight<8>; jacob_affine<8>"},
    {"Low-precision batch-normalized activations", "1702.08231"},
    {"Fixed point quantization of deep convolutional networks", "1511.06393", "compression"},
    {"Fixed point optimization of deep CNNs (Anwar et al.)", detail::papers::anwar, "compression"},
    {"Hardware-oriented approximation (Ristretto)", "1605.06402", "compression"},
    {"Training with low precision multiplications", "1412.7024", "training"},
    {"Training quantized nets: a deeper understanding", "1706.02379",
     "stochastic_fixed_point<8>; training"},
    {"Flexpoint", "1711.02213", "training"},
    {"Logarithmic data representation; LogNet", "1603.01025", "qnn_linear<4>"},
    {"INQ", "1702.03044"},
    {"ShiftCNN", "1706.02393"},
    {"ABC-Net", "1711.11294", "compression"},
    {"HORQ", "1708.08687"},
    {"Network sketching", "1706.02021", "compression"},
    {"LQ-Nets", "1807.10029"},
    {"Deep Compression", "1510.00149", "compression"},
    {"HashedNets", "1504.04788"},
    {"CLIP-Q", detail::papers::clip_q, "compression"},
    {"ELQ", detail::papers::elq, "training"},
    {"Feature quantization (Sun et al.)", detail::papers::feature_quantization},
    {"Distribution loss", "1904.02823", "training"},
    {"Apprentice", "1711.05852", "training"},
    {"Defensive quantization", "1904.08444", "training"},
    {"Circulant binary networks (CBConv, CBP)", "1910.10853"},
    {"LBCNN", "1608.06049"},
};

LOWBIT_END

#endif
