// Operations and output fields of the golden files that belong to a later piece of work. An
// operation that starts to be handled must leave this table: the runner fails otherwise.
#pragma once

#include <map>
#include <string>

namespace golden {

/// "op" or "op.field" -> the piece of work it belongs to.
inline const std::map<std::string, std::string>& belongs_to_later_work() {
  static const std::map<std::string, std::string> table{
      // Losses, regularizers, update rules.
      {"bcgd_update", "training"},
      {"bop", "training"},
      {"distr_loss", "training"},
      {"gxnor_dst", "training"},
      {"kd_apprentice", "training"},
      {"kd_soft", "training"},
      {"lbc_block.grad_v", "training"},
      {"orth_reg", "training"},
      {"reg_l1", "training"},
      {"reg_l2", "training"},
      {"sgd_then_clip", "training"},
      {"shift_adamax", "training"},
      {"shift_bn", "training"},

      // Pruning, indices, entropy codes.
      {"huffman", "compression"},
      {"prune", "compression"},
      {"relative_index", "compression"},
      {"vnq_kl", "compression"},
  };
  return table;
}

}  // namespace golden
