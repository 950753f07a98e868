// Operations and output fields of the golden files that belong to a later piece of work. An
// operation that starts to be handled must leave this table: the runner fails otherwise.
#pragma once

#include <map>
#include <string>

namespace golden {

/// "op" or "op.field" -> the piece of work it belongs to.
inline const std::map<std::string, std::string>& belongs_to_later_work() {
  static const std::map<std::string, std::string> table = [] {
    std::map<std::string, std::string> t;
    const auto add = [&](const char* work, std::initializer_list<const char*> names) {
      for (const char* name : names) t[name] = work;
    };
    add("catalogue", {"abc_acts",
                      "abc_weights",
                      "affine_choose",
                      "affine_fake_quant",
                      "ap2",
                      "bcgd_act",
                      "bitnet_act8",
                      "bitnet_binary",
                      "bitnet_ternary",
                      "dfxp",
                      "dfxp_new_range",
                      "dsq",
                      "ede_sign",
                      "fgq",
                      "fixed_point",
                      "flex_quantize",
                      "autoflex",
                      "gxnor_act",
                      "heaviside_ste",
                      "hwgq",
                      "hwgq_fit_gaussian",
                      "inq_exponents",
                      "inq_quantize",
                      "libra_pb",
                      "lin_quant",
                      "log_quant",
                      "lq_assign",
                      "lq_qem",
                      "lsq",
                      "lsq_init",
                      "magnitude_aware.grad_w_paper",
                      "midrise",
                      "minifloat",
                      "pact",
                      "qnn_linear",
                      "qnn_log",
                      "quantize_multiplier",
                      "rdbp",
                      "requantize",
                      "residual_binarize",
                      "ristretto_range",
                      "rprelu",
                      "rsign",
                      "shiftcnn",
                      "sign_ste_exclusive",
                      "sketch_direct",
                      "sketch_refined",
                      "sqnr_bits",
                      "sqnr_step_table",
                      "srdhm",
                      "swish_sign",
                      "syq",
                      "ternarize_stochastic",
                      "tnn_fire",
                      "tnn_layer",
                      "tsq_act",
                      "tsq_levels",
                      "tsq_weight",
                      "ttq",
                      "ttq_threshold",
                      "twn_exact",
                      "uniform_l2_fit",
                      "wage_q",
                      "wage_shift",
                      "wrpn_act",
                      "wrpn_weight"});
    add("convolution", {"binary_conv", "binary_maxpool", "circulant", "lbc_block", "xnor_conv"});
    add("training", {"bcgd_update", "bop",           "distr_loss", "dorefa_grad",   "ede_schedule",
                     "gxnor_dst",   "hinge_targets", "inq_step",   "kd_apprentice", "kd_soft",
                     "orth_reg",    "reg_l1",        "reg_l2",     "sgd_then_clip", "shift_adamax",
                     "shift_bn",    "tsq_aux",       "wage_error", "wage_grad",     "wage_init"});
    add("compression", {"huffman", "kmeans", "prune", "relative_index", "vnq_kl", "vnq_map"});
    return t;
  }();
  return table;
}

}  // namespace golden
