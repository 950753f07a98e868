// Operations and output fields of the golden files that belong to a later piece of work. An
// operation that starts to be handled must leave this table: the runner fails otherwise.
#pragma once

#include <map>
#include <string>

namespace golden {

/// "op" or "op.field" -> the piece of work it belongs to.
inline const std::map<std::string, std::string>& belongs_to_later_work() {
  static const std::map<std::string, std::string> table{
      // Pruning, indices, entropy codes.
      {"huffman", "compression"},
      {"prune", "compression"},
      {"relative_index", "compression"},
  };
  return table;
}

}  // namespace golden
