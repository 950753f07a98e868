// lowbit/nn/deployment/trace.hpp – everything a network computed for a batch, to be compared.
//
// The float path (nn/deployment/freeze.hpp) and the packed path (nn/deployment/packed_trace.hpp) both leave a trace:
// the codes that every quantized layer reads, and the logits. compare() counts what differs, bit by bit; for a
// deployed network it must find nothing.
#ifndef LOWBIT_NN_DEPLOYMENT_TRACE_HPP
#define LOWBIT_NN_DEPLOYMENT_TRACE_HPP

#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// One batch: codes of every hidden layer (batch x size) and logits (batch x classes).
struct trace {
  std::vector<matrix<code_t>> hidden;
  matrix<float> logits;
};

/// The class of each row: the position of its largest logit, the first of equal ones. NaN never wins;
/// a row without a class (no columns) is 0.
[[nodiscard]] inline std::vector<index_t> predictions(matrix_view<const float> logits) {
  std::vector<index_t> best(static_cast<std::size_t>(logits.rows()), 0);
  for (index_t r = 0; r < logits.rows(); ++r) {
    index_t& b = best[static_cast<std::size_t>(r)];
    for (index_t c = 1; c < logits.cols(); ++c)
      if (is_larger(logits(r, c), logits(r, b))) b = c;
  }
  return best;
}

/// How many numbers of two traces were compared, and how many differ.
struct comparison {
  index_t hidden_codes = 0, logits = 0, predictions = 0;
  index_t different_codes = 0, different_logits = 0, different_predictions = 0;

  /// Counts of two batches together.
  comparison& operator+=(const comparison& more) noexcept {
    hidden_codes += more.hidden_codes;
    logits += more.logits;
    predictions += more.predictions;
    different_codes += more.different_codes;
    different_logits += more.different_logits;
    different_predictions += more.different_predictions;
    return *this;
  }
  /// Nothing differs.
  [[nodiscard]] bool identical() const noexcept {
    return different_codes == 0 && different_logits == 0 && different_predictions == 0;
  }
};

/// Compares every hidden code, every logit (all 32 bits of it) and every prediction. Errors: the
/// traces have other layers or shapes.
[[nodiscard]] inline comparison compare(const trace& a, const trace& b) {
  if (a.hidden.size() != b.hidden.size())
    detail::fail("nn::compare: %zu hidden layers against %zu", a.hidden.size(), b.hidden.size());
  const auto require_shape = [](const auto& x, const auto& y) {
    if (x.rows() != y.rows() || x.cols() != y.cols())
      detail::fail("nn::compare: %tdx%td numbers against %tdx%td", x.rows(), x.cols(), y.rows(),
                   y.cols());
  };
  comparison result;
  for (std::size_t layer = 0; layer < a.hidden.size(); ++layer) {
    const matrix<code_t>&x = a.hidden[layer], &y = b.hidden[layer];
    require_shape(x, y);
    result.hidden_codes += x.rows() * x.cols();
    for (index_t i = 0; i < x.rows() * x.cols(); ++i)
      result.different_codes += x.data()[i] != y.data()[i] ? 1 : 0;
  }
  require_shape(a.logits, b.logits);
  result.logits = a.logits.rows() * a.logits.cols();
  for (index_t i = 0; i < result.logits; ++i)
    result.different_logits += bits_of(a.logits.data()[i]) != bits_of(b.logits.data()[i]) ? 1 : 0;
  const auto guess_a = predictions(a.logits), guess_b = predictions(b.logits);
  result.predictions = static_cast<index_t>(guess_a.size());
  for (std::size_t i = 0; i < guess_a.size(); ++i)
    result.different_predictions += guess_a[i] != guess_b[i] ? 1 : 0;
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
