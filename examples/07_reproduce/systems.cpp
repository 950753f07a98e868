#include "systems.hpp"

// Methods of weights alone have 8-bit activations with a trained step here: hidden layers of this program multiply codes.
const std::vector<system_row>& systems() {
  static const std::vector<system_row> all{
      {"BinaryConnect", "arXiv:1511.00363", "sign-identity", "lsq8"},
      {"BinaryConnect, stochastic", "arXiv:1511.00363", "stochastic-sign", "lsq8"},
      {"BWN", "arXiv:1603.05279", "xnor", "lsq8"},
      {"TernaryConnect", "arXiv:1510.03009", "stochastic-ternary", "lsq8"},
      {"TWN", "arXiv:1605.04711", "twn", "lsq8"},
      {"TTQ", "arXiv:1612.01064", "ttq", "lsq8"},
      {"INQ, 5 bits", "arXiv:1702.03044", "inq5", "lsq8"},
      {"BitNet b1.58 weights", "arXiv:2402.17764", "bitnet", "lsq8"},
      {"BNN", "arXiv:1602.02830", "sign", "sign"},
      {"BNN, squared hinge", "arXiv:1602.02830", "sign", "sign", update::adam, false, false, true},
      {"BNN, shifts", "arXiv:1602.02830", "sign", "sign", update::shift_adamax, false, true},
      {"BNN, distilled", "arXiv:1711.05852", "sign", "sign", update::adam, true},
      {"Bop", "arXiv:1906.02107", "sign-identity", "sign", update::bop},
      {"XNOR-Net", "arXiv:1603.05279", "xnor", "sign"},
      {"Bi-Real", "arXiv:1808.00278", "magnitude-aware", "sign-approx"},
      {"BNN+", "arXiv:1812.11800", "sign-swish", "sign-swish"},
      {"IR-Net", "arXiv:1909.10788", "irnet", "sign-ede"},
      {"ReActNet's RSign", "arXiv:2003.03488", "magnitude-aware", "rsign"},
      {"FTProp", "arXiv:1710.11573", "sign", "sign-hinge"},
      {"ABC-Net, 3 x 3", "arXiv:1711.11294", "abc3", "abc3"},
      {"HORQ, weights of 2", "arXiv:1704.02081", "horq2", "sign"},
      {"Network sketching, 3", "arXiv:1706.02021", "sketch3", "sign"},
      {"GXNOR", "arXiv:1705.09283", "ternary", "gxnor1", update::discrete_transition},
      {"Stochastic rounding", "arXiv:1706.02379", "ternary", "sign", update::stochastic_rounding},
      {"TWN x sign", "arXiv:1605.04711", "twn", "sign"},
      {"HWGQ, W1A2", "arXiv:1702.00953", "xnor", "half-wave2"},
      {"DoReFa, W1A2", "arXiv:1606.06160", "dorefa1", "dorefa2"},
      {"DoReFa, W2A2", "arXiv:1606.06160", "dorefa2", "dorefa2"},
      {"PACT, W2A2", "arXiv:1805.06085", "dorefa2", "pact2"},
      {"LSQ, W2A2", "arXiv:1902.08153", "lsq2", "lsq2"},
      {"LQ-Nets, W2A2", "arXiv:1807.10029", "lq2", "lq2"},
      {"DSQ, W2A2", "arXiv:1908.05033", "dsq2", "dsq2"},
      {"WRPN, W4", "arXiv:1709.01134", "wrpn4", "dorefa4"},
      {"PACT, W4A4", "arXiv:1805.06085", "dorefa4", "pact4"},
      {"LSQ, W4A4", "arXiv:1902.08153", "lsq4", "lsq4"},
      {"QNN's activation, A4", "arXiv:1609.07061", "l2-step4", "qnn4"},
      {"BCGD's activation, A4", "arXiv:1808.05240", "l2-step4", "bcgd4"},
      {"Jacob, W8A8", "arXiv:1712.05877", "jacob-weight8", "jacob8"},
      {"Fixed point, W8A8", "arXiv:1511.06393", "fixed8", "fixed8"},
  };
  return all;
}

const std::vector<ordering>& orderings() {
  static const std::vector<ordering> all{
      {"float twin", "TWN", 0},
      {"TWN", "BWN", 0},
      {"BWN", "BNN", 0},
      {"TTQ", "TWN", -0.2},
      {"BinaryConnect, stochastic", "BinaryConnect", -0.2},
      {"DoReFa, W1A2", "BNN", 0.5},
      {"LSQ, W2A2", "PACT, W2A2", -0.3},
      {"PACT, W2A2", "DoReFa, W2A2", -0.3},
      {"BNN, distilled", "BNN", -0.1},
      {"INQ, 5 bits", "float twin", -0.2},
      {"Bop", "BNN", -1},
      {"BNN, shifts", "BNN", -0.7},
  };
  return all;
}
