// lowbit/compress/ternary_student.hpp – a step: a teacher with ternary neurons becomes, layer by layer, a student that has
// ternary weights and adds integers: TNN.
//
//     pipeline.add("TNN", compress::ternary_student{.epochs = 10, .rate = 1e-3f, .retrain_epochs = 3});
//
//   1  The teacher: inputs of all layers but the first become ternary neurons that fire at random
//      (quantize/methods/stochastic_ternary.hpp); weights are floats; the network trains.
//   2  Layer by layer, but for the last one: thresholds on the teacher's weights and an interval for the integer sum are
//      searched, so that each neuron answers recorded inputs as often as possible like its teacher
//      (quantize/methods/tnn.hpp). The layer stays, and what is behind it trains on its outputs.
//   3  The last layer is trained through ternary weights with a scale of each class (TWN), because its sums are
//      compared with each other.
//
// A neuron's interval [low, high] is kept in its scale s and its bias b: s sum + b is above 1/2 where sum > high and
// below -1/2 where sum < low. The next layer's ternary neurons ask just that. So the network stays one of
// convolutions with biases, and nn::deploy() makes integer thresholds of them.
//
// The first layer's inputs must be ternary, with levels -1, 0 and 1. Of large filters, some of the thresholds are
// tried; the paper tries all.
//
// Source: Alemdar et al., "Ternary neural networks for resource-efficient AI applications", arXiv:1609.00222, section III.
#ifndef LOWBIT_COMPRESS_TERNARY_STUDENT_HPP
#define LOWBIT_COMPRESS_TERNARY_STUDENT_HPP

#include "lowbit/compress/coded_layer.hpp"
#include "lowbit/compress/recorded_windows.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/methods/stochastic_ternary.hpp"
#include "lowbit/quantize/methods/tnn.hpp"

LOWBIT_BEGIN
namespace compress {

/// Scale and bias that give a ternary neuron of thresholds +-1/2 the answers of an interval; scale > 0.
struct interval_line {
  float scale = 1;
  float bias = 0;

  /// Sums high + 1 and low - 1 lie as far from the thresholds as possible. An interval without sums has scale 2.
  [[nodiscard]] static interval_line of(const ternary_interval& interval) noexcept {
    const double low = static_cast<double>(interval.low), high = static_cast<double>(interval.high);
    const double width = high - low + 1, scale = width > 0 ? 1 / width : 2;
    return {static_cast<float>(scale), static_cast<float>(-(low + high) / 2 * scale)};
  }
};

/// A layer of students: codes with the scales of their lines, biases, and the share of answers that agree.
struct student_layer {
  row_coded_matrix codes;
  std::vector<float> biases;
  double agreement = 0;
};

/// Students for filters w of teachers, for windows (samples x depth) of -1, 0 and 1 and the teachers' answers (samples x
/// filters). `places` as of fit_tnn_neuron(). Errors: those of fit_tnn_neuron(); sizes differ.
[[nodiscard]] inline student_layer fit_students(const nn::float_matrix& w,
                                                const nn::float_matrix& windows,
                                                const matrix<std::int32_t>& answers,
                                                index_t places) {
  if (answers.cols() != w.rows())
    detail::fail("compress::fit_students: answers of %td neurons for %td filters", answers.cols(),
                 w.rows());
  matrix<std::int32_t> x(windows.rows(), windows.cols());
  for (index_t i = 0; i < windows.size(); ++i) {
    const float v = windows.data()[i];
    x.data()[i] = v == 0 ? 0 : v == 1 ? 1 : v == -1 ? -1 : 2;  // 2 is refused
  }
  matrix<code_t> codes(w.rows(), w.cols());
  std::vector<float> scales;
  student_layer out;
  index_t agreeing = 0;
  std::vector<std::int32_t> of_neuron(static_cast<std::size_t>(answers.rows()));
  for (index_t o = 0; o < w.rows(); ++o) {
    for (index_t s = 0; s < answers.rows(); ++s)
      of_neuron[static_cast<std::size_t>(s)] = answers(s, o);
    const std::span<const float> filter(w.data() + o * w.cols(),
                                        static_cast<std::size_t>(w.cols()));
    const tnn_neuron neuron = fit_tnn_neuron(filter, x.view(), of_neuron, places);
    for (index_t c = 0; c < w.cols(); ++c)
      codes(o, c) = lowbit::encode(neuron.weights, filter[static_cast<std::size_t>(c)]);
    const interval_line line = interval_line::of(neuron.output);
    scales.push_back(line.scale);
    out.biases.push_back(line.bias);
    agreeing += neuron.agreeing;
  }
  out.codes = encode_rows(row_code::ternary, 0, codes.view(), std::move(scales));
  const index_t all = answers.rows() * answers.cols();
  out.agreement = all > 0 ? static_cast<double>(agreeing) / static_cast<double>(all) : 1;
  return out;
}

/// Trains a teacher, then makes a student of it. Errors: weights that have codes or are pruned already; a layer without
/// biases; inputs of the first layer that are not ternary; those of the trainings.
struct ternary_student {
  index_t epochs = 10;  ///< of the teacher
  float rate = 1e-3f;
  index_t retrain_epochs = 3;  ///< behind each layer
  index_t places = 8;          ///< thresholds of each sign that are tried; 0: all
  recording inputs = {};
  /// Called with each layer and its students, which agree with their teachers so often.
  std::function<void(const model_layer&, const student_layer&)> report = {};

  void operator()(model& m) const {
    require_ternary_student(m);
    const nn::any_policy neuron = stochastic_ternary<ste::hard_tanh>{};
    m.layers().front().layer->set_weight_policy(nn::real{}, per::tensor);
    for (std::size_t i = 1; i < m.layers().size(); ++i)
      m.layers()[i].layer->set_policies(nn::real{}, neuron);
    if (epochs > 0) m.train(epochs, rate);
    for (std::size_t i = 0; i + 1 < m.layers().size(); ++i) {
      become_student(m, i);
      if (retrain_epochs > 0) m.train(retrain_epochs, rate);
    }
    model_layer& last = m.layers().back();
    last.layer->set_weight_policy(twn{}, per::row);
    if (retrain_epochs > 0) m.train(retrain_epochs, rate);
    give_codes(last, coded_filters(last));
  }

 private:
  static void require_ternary_student(const model& m) {
    detail::compress::require_not_shared(m, "compress::ternary_student");
    for (const model_layer& l : m.layers())
      if (l.kept_share() != 1 || !l.layer->has_bias())
        detail::fail("compress::ternary_student: %s is pruned, or has no biases", l.name.c_str());
    const nn::any_policy& first = m.layers().front().layer->input_policy_in_training().policy();
    if (!first.format().is_ternary() || first.affine_levels().scale != 1 ||
        first.affine_levels().offset != 0)
      detail::fail(
          "compress::ternary_student: inputs of %s are %s: they must be ternary, with levels -1, 0 "
          "and 1",
          m.layers().front().name.c_str(), first.format().name);
  }
  void become_student(model& m, std::size_t i) const {
    model_layer& l = m.layers()[i];
    const nn::float_matrix windows = recorded_windows(m, i, inputs);
    nn::float_matrix y = detail::compress::sums_over(windows, l.layer->weights().value);
    y.rowwise() += l.layer->bias().value.row(0);
    const ternary_threshold<> fires{};
    matrix<std::int32_t> answers(y.rows(), y.cols());
    for (index_t k = 0; k < y.size(); ++k)
      answers.data()[k] = value<ternary>(lowbit::encode(fires, y.data()[k]));
    student_layer made = fit_students(l.layer->weights().value, windows, answers, places);
    give_codes(l, made.codes);
    std::copy(made.biases.begin(), made.biases.end(), l.layer->bias().value.data());
    l.layer->bias().frozen.assign(made.biases.size(), 1);
    if (report) report(l, made);
  }
};

}  // namespace compress
LOWBIT_END

#endif
