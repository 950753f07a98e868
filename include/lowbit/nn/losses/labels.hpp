// lowbit/nn/losses/labels.hpp – the right classes of a batch.
#ifndef LOWBIT_NN_LOSSES_LABELS_HPP
#define LOWBIT_NN_LOSSES_LABELS_HPP

#include <span>
#include <string>

#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// A vector, array or span of integers of any type: one label each.
template <class L>
concept label_list = requires(const L& labels) {
  requires std::integral<typename decltype(std::span(labels))::value_type>;
};

}  // namespace nn

namespace detail::nn {

/// The label of a row as an index. Errors: no class has it.
template <std::integral Label>
[[nodiscard]] index_t label_of(const char* who, Label label, index_t row, index_t classes) {
  if ((std::is_signed_v<Label> && label < Label{}) ||
      static_cast<std::uint64_t>(label) >= static_cast<std::uint64_t>(classes))
    fail("%s: label %s of row %td: there are %td classes", who, std::to_string(label).c_str(), row,
         classes);
  return static_cast<index_t>(label);
}

/// The labels of a batch as indices. Errors: their number is not that of the rows; a label that no class has.
template <lowbit::nn::label_list Labels>
[[nodiscard]] std::vector<index_t> indices_of(const char* who, const Labels& list, index_t rows,
                                              index_t classes) {
  const std::span labels(list);
  if (labels.size() != static_cast<std::size_t>(rows))
    fail("%s: %td rows, %zu labels", who, rows, labels.size());
  std::vector<index_t> out;
  out.reserve(labels.size());
  for (const auto label : labels)
    out.push_back(label_of(who, label, static_cast<index_t>(out.size()), classes));
  return out;
}

}  // namespace detail::nn

namespace nn {

/// batch x classes numbers: `on` in the column of each row's label, else `off`. Squared errors and hinge losses take
/// 1 and -1, or 1 and 0. Errors: a label that no class has.
template <label_list Labels>
[[nodiscard]] float_matrix one_hot(const Labels& labels, index_t classes, float on = 1,
                                   float off = 0) {
  const auto rows = static_cast<index_t>(std::span(labels).size());
  float_matrix out = float_matrix::Constant(rows, classes, off);
  const std::vector<index_t> at = detail::nn::indices_of("nn::one_hot", labels, rows, classes);
  for (index_t r = 0; r < rows; ++r) out(r, at[static_cast<std::size_t>(r)]) = on;
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
