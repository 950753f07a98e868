// Operations and output fields of the golden files that belong to a later piece of work. An
// operation that starts to be handled must leave this table: the runner fails otherwise.
#pragma once

#include <map>
#include <string>

namespace golden {

/// "op" or "op.field" -> the piece of work it belongs to.
inline const std::map<std::string, std::string>& belongs_to_later_work() {
  static const std::map<std::string, std::string> table{
      // Elementwise quantizers, surrogates, word codes, structural functions.
      {"affine_choose", "elementwise"},
      {"affine_fake_quant", "elementwise"},
      {"ap2", "elementwise"},
      {"autoflex", "elementwise"},
      {"bcgd_act", "elementwise"},
      {"bitnet_act8", "elementwise"},
      {"circulant", "elementwise"},
      {"dfxp", "elementwise"},
      {"dfxp_new_range", "elementwise"},
      {"dorefa_grad", "elementwise"},
      {"dsq", "elementwise"},
      {"fixed_point", "elementwise"},
      {"flex_quantize", "elementwise"},
      {"hwgq", "elementwise"},
      {"lin_quant", "elementwise"},
      {"log_quant", "elementwise"},
      {"lsq", "elementwise"},
      {"lsq_init", "elementwise"},
      {"midrise", "elementwise"},
      {"minifloat", "elementwise"},
      {"pact", "elementwise"},
      {"qnn_linear", "elementwise"},
      {"qnn_log", "elementwise"},
      {"quantize_multiplier", "elementwise"},
      {"rdbp", "elementwise"},
      {"requantize", "elementwise"},
      {"ristretto_range", "elementwise"},
      {"rprelu", "elementwise"},
      {"srdhm", "elementwise"},
      {"wage_error", "elementwise"},
      {"wage_init", "elementwise"},
      {"wage_q", "elementwise"},
      {"wage_shift", "elementwise"},
      {"wrpn_act", "elementwise"},
      {"wrpn_weight", "elementwise"},

      // Fitted quantizers, codebooks and sums of bases.

      // Convolution and pooling.
      {"binary_conv", "convolution"},
      {"binary_maxpool", "convolution"},
      {"lbc_block", "convolution"},
      {"xnor_conv", "convolution"},

      // Losses, regularizers, update rules.
      {"bcgd_update", "training"},
      {"bop", "training"},
      {"distr_loss", "training"},
      {"gxnor_dst", "training"},
      {"kd_apprentice", "training"},
      {"kd_soft", "training"},
      {"orth_reg", "training"},
      {"reg_l1", "training"},
      {"reg_l2", "training"},
      {"sgd_then_clip", "training"},
      {"shift_adamax", "training"},
      {"shift_bn", "training"},
      {"wage_grad", "training"},

      // Pruning, indices, entropy codes.
      {"huffman", "compression"},
      {"prune", "compression"},
      {"relative_index", "compression"},
      {"vnq_kl", "compression"},
  };
  return table;
}

}  // namespace golden
