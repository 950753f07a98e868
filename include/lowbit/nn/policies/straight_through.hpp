// lowbit/nn/policies/straight_through.hpp – a policy applied to a matrix, and the way back.
//
// Forward, every element goes through the library's own encode() and decode(), the functions that make packed tensors,
// so what is trained is what is deployed. Backward, the policy's surrogate gradient (gradient/) takes the place of the
// staircase's derivative. A granularity says which elements share one set of a quantizer's numbers
// (quantize/granularity.hpp); inputs may also have one set per channel. These numbers are of four kinds:
//
//     given       nothing to do
//     fitted      found anew on every pass, as quantize() finds them; the way back uses the same fit
//     observed    of inputs (LQ-Nets, Jacob): a moving average over the batches of training that stands still in
//                 evaluation
//     trained     parameters (learned()), one row per set. They start as the paper says: from the first batch, from the
//                 weights, or as given. Each pass moves what an optimizer's step made of them into its range, and
//                 fits the other numbers around them
//
// Stochastic quantizers draw uniforms in training, and evaluation uses their deterministic twins.
#ifndef LOWBIT_NN_POLICIES_STRAIGHT_THROUGH_HPP
#define LOWBIT_NN_POLICIES_STRAIGHT_THROUGH_HPP

#include "lowbit/core/matrix.hpp"
#include "lowbit/nn/parameter.hpp"
#include "lowbit/nn/policies/any_policy.hpp"
#include "lowbit/nn/policies/granules.hpp"
#include "lowbit/nn/state.hpp"

LOWBIT_BEGIN
namespace nn {

/// One policy over matrices with the same number of columns.
class straight_through {
 public:
  /// For matrices of rows x cols (weights), or with any number of rows (inputs: rows = 0). Errors: options that the
  /// policy's validate() refuses.
  straight_through(any_policy prototype, granularity grain, index_t rows, index_t cols,
                   policy_use how = {})
      : prototype_(std::move(prototype)), map_(grain, how.columns), how_(how) {
    prototype_.validate();
    if (grain.grouped() && grain.group_size < 1)
      detail::fail("nn: groups of %td along depth: they must have at least 1 element",
                   grain.group_size);
    const quantizer_traits& traits = prototype_.traits();
    observes_ = how.inputs && traits.observing;
    const bool same = traits.learned.empty() && !observes_ && !traits.fitted;
    sets_.assign(same ? 1 : static_cast<std::size_t>(map_.count(rows, cols)), prototype_);
    if (observes_) return;
    for (const learned_number& n : prototype_.traits().learned) {
      parameter& p = learned_.emplace_back(static_cast<index_t>(sets_.size()), n.count);
      p.rate = n.rate;
      p.decay = n.decays ? 1.0f : 0.0f;
      p.gradient_clip = n.gradient_clip;
    }
    for (std::size_t s = 0; s < sets_.size(); ++s) write_learned(s);
  }
  /// The same without trained numbers of several rows: for matrices of any shape.
  explicit straight_through(any_policy prototype, granularity grain = per::tensor)
      : straight_through(std::move(prototype), grain, 0, 0) {}

  /// y = decode(encode(x)), or the real function of x, in evaluation. Fits first where the policy has a fit. y takes
  /// the shape of x; it must be another matrix. Errors: those of a fit.
  void forward(const float_matrix& x, float_matrix& y) {
    evaluate(x);
    apply(x, y, nullptr, 0);
  }
  /// The same in training: numbers start, move and are averaged; stochastic quantizers take number first + i of the
  /// stream for element i. `elements` is N of LSQ's step gradient, the features of one image; 0: the elements of a set.
  void forward(const float_matrix& x, float_matrix& y, const random_stream& stream, index_t first,
               index_t elements = 0) {
    train(x, elements);
    apply(x, y, prototype_.traits().stochastic ? &stream : nullptr, first);
  }

  /// dx = the gradient with respect to x, after forward(x). dx may be upstream. Errors: shapes differ.
  void backward(const float_matrix& x, const float_matrix& upstream, float_matrix& dx) const {
    require_same_shape(x, upstream);
    dx.resize(x.rows(), x.cols());
    std::vector<float> xs, gs, out;
    for_each_set(x, [&](const any_quantizer& q, const detail::nn::granule& g) {
      const std::span<const float> from = row_of(x, g, xs), up = row_of(upstream, g, gs);
      write_row(dx, g, out, [&](std::span<float> to) { q.backward(from, up, to); });
    });
  }
  /// Leaves the gradients of the trained numbers, after forward(x). Errors: shapes differ.
  void backward_learned(const float_matrix& x, const float_matrix& upstream) {
    if (learned_.empty()) return;
    require_same_shape(x, upstream);
    std::vector<float> xs, gs, d(static_cast<std::size_t>(prototype_.learned_count()));
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      const auto g = map_.at(static_cast<index_t>(s), x.rows(), x.cols());
      sets_[s].parameter_gradient(row_of(x, g, xs), row_of(upstream, g, gs), d);
      const float* from = d.data();
      for (parameter& p : learned_) {
        std::copy_n(from, p.gradient.cols(), p.gradient.data() + index_of(s) * p.gradient.cols());
        from += p.gradient.cols();
      }
    }
  }

  /// The codes of x by the numbers as they are, without a fit. Errors: the policy has no codes, or is stochastic.
  [[nodiscard]] matrix<code_t> encode(const float_matrix& x) const {
    matrix<code_t> codes(x.rows(), x.cols());
    std::vector<float> memory;
    std::vector<code_t> out;
    for_each_set(x, [&](const any_quantizer& q, const detail::nn::granule& g) {
      out.resize(static_cast<std::size_t>(g.count()));
      q.encode(row_of(x, g, memory), out);
      for (index_t r = 0; r < g.rows && g.size > 0; ++r)
        std::copy_n(out.data() + r * g.size, g.size, &codes(g.row + r, g.first));
    });
    return codes;
  }
  /// A copy as evaluation uses the policy for x now: fitted, and without chance. Errors: those of a fit.
  [[nodiscard]] straight_through evaluated(const float_matrix& x) const {
    straight_through now = *this;
    now.evaluate(x);
    now.prototype_ = now.prototype_.deterministic();
    for (any_quantizer& q : now.sets_) q = q.deterministic();
    return now;
  }

  /// Fits to x as evaluation does; forward() does it by itself.
  void fit(const float_matrix& x) { evaluate(x); }
  /// The numbers as they are: no fit any more, until hold(false). For weights that are being frozen.
  void hold(bool held) noexcept { held_ = held; }
  /// Progress of training from 0 to 1 (any_quantizer::at). Errors: it is not in [0, 1].
  void set_progress(double progress) {
    prototype_ = prototype_.at(progress);
    for (any_quantizer& q : sets_) q = q.at(progress);
  }

  /// The quantizer that serves row r (of a granularity without groups), or one element, with what was fitted.
  [[nodiscard]] const any_quantizer& of_row(index_t r) const noexcept {
    return sets_[sets_.size() > 1 ? static_cast<std::size_t>(r) : 0];
  }
  [[nodiscard]] const any_quantizer& of_element(index_t r, index_t c, index_t cols) const noexcept {
    const auto s = static_cast<std::size_t>(map_.of(r, c, cols));
    return sets_[s < sets_.size() ? s : 0];
  }
  /// The policy as it was given, but for the progress.
  [[nodiscard]] const any_policy& policy() const noexcept { return prototype_; }
  [[nodiscard]] granularity grain() const noexcept { return map_.grain(); }
  /// One set of numbers per column.
  [[nodiscard]] bool by_columns() const noexcept { return map_.columns(); }
  /// The sets of numbers.
  [[nodiscard]] const std::vector<any_quantizer>& sets() const noexcept { return sets_; }
  /// The trained numbers: a parameter for each of traits().learned, a row for each set. Valid while this lives and is
  /// not moved.
  [[nodiscard]] std::vector<parameter>& learned() noexcept { return learned_; }
  [[nodiscard]] const std::vector<parameter>& learned() const noexcept { return learned_; }
  /// Averages over batches instead of fitting or training.
  [[nodiscard]] bool observes() const noexcept { return observes_; }
  /// What parameter::clip of latent weights starts as: what the method's paper clips to, else 0.
  [[nodiscard]] float latent_clip() const noexcept { return prototype_.latent_clip(); }

  /// What training changed and no fit finds again: whether it has started, then any_quantizer::numbers() of each set.
  void write_state(std::vector<double>& to) const {
    to.push_back(started_ ? 1 : 0);
    for (const any_quantizer& q : sets_)
      for (const float number : q.numbers()) to.push_back(static_cast<double>(number));
  }
  /// The inverse; takes its numbers from the front, and leaves the parameters alone. Errors: there are too few; those
  /// of a quantizer's validate().
  void read_state(std::span<const double>& from) {
    started_ = detail::nn::take_state(from) != 0;
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      std::vector<float> numbers = sets_[s].numbers();
      for (float& number : numbers) number = static_cast<float>(detail::nn::take_state(from));
      if (started_ || held_) sets_[s] = sets_[s].with_numbers(numbers);
    }
  }

 private:
  [[nodiscard]] static index_t index_of(std::size_t s) noexcept { return static_cast<index_t>(s); }

  static void require_same_shape(const float_matrix& x, const float_matrix& upstream) {
    detail::core::require_same_sizes("nn: backward", {"x", x.rows(), x.cols()},
                                     {"upstream", upstream.rows(), upstream.cols()});
  }

  /// f(quantizer, granule) for each set of numbers. A quantizer that serves all elements gets all of them in one
  /// granule.
  template <class F>
  void for_each_set(const float_matrix& x, const F& f) const {
    if (sets_.size() == 1 && !prototype_.traits().fitted)
      return f(sets_[0], detail::nn::granule{0, x.rows(), 0, x.cols()});
    for (std::size_t s = 0; s < sets_.size(); ++s)
      f(sets_[s], map_.at(index_of(s), x.rows(), x.cols()));
  }

  void apply(const float_matrix& x, float_matrix& y, const random_stream* stream, index_t first) {
    y.resize(x.rows(), x.cols());
    std::vector<float> in, out;
    for_each_set(x, [&](const any_quantizer& q, const detail::nn::granule& g) {
      if (stream != nullptr) return draw(q, g, x, y, *stream, first);
      const any_quantizer used = q.deterministic();
      const std::span<const float> from = row_of(x, g, in);
      write_row(y, g, out, [&](std::span<float> to) { used.forward(from, to); });
    });
  }
  /// Row by row, because the uniforms belong to the places of the matrix.
  static void draw(const any_quantizer& q, const detail::nn::granule& g, const float_matrix& x,
                   float_matrix& y, const random_stream& stream, index_t first) {
    for (index_t r = g.row; r < g.row + g.rows; ++r) {
      const index_t at = r * x.cols() + g.first;
      const auto size = static_cast<std::size_t>(g.size);
      q.forward({x.data() + at, size}, stream, first + at, {y.data() + at, size});
    }
  }

  /// The numbers of set s, from its quantizer into the parameters, and back.
  void write_learned(std::size_t s) {
    if (learned_.empty()) return;
    const std::vector<float> numbers = sets_[s].learned();
    const float* from = numbers.data();
    for (parameter& p : learned_) {
      std::copy_n(from, p.value.cols(), p.value.data() + index_of(s) * p.value.cols());
      from += p.value.cols();
    }
  }
  void read_learned(std::size_t s) {
    if (learned_.empty()) return;
    std::vector<float> numbers;
    for (const parameter& p : learned_)
      numbers.insert(numbers.end(), p.value.data() + index_of(s) * p.value.cols(),
                     p.value.data() + (index_of(s) + 1) * p.value.cols());
    sets_[s] = sets_[s].moved_to(numbers);
  }

  /// Fits what no optimizer trains.
  void refit(const float_matrix& x) {
    const quantizer_traits& traits = prototype_.traits();
    if (!traits.fitted || held_ || observes_) return;
    const any_quantizer base = prototype_.fit_layer(elements(x));
    if (learned_.empty())
      sets_.assign(static_cast<std::size_t>(map_.count(x.rows(), x.cols())), base);
    std::vector<float> memory;
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      const auto g = map_.at(index_of(s), x.rows(), x.cols());
      if (g.count() == 0) continue;
      const std::span<const float> group = row_of(x, g, memory);
      sets_[s] =
          learned_.empty() ? base.fit(group) : sets_[s].fit_layer(elements(x)).refitted(group);
    }
  }
  /// The first batch of training.
  void start(const float_matrix& x) {
    std::vector<float> memory;
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      const auto g = map_.at(index_of(s), x.rows(), x.cols());
      if (g.count() == 0) return;
      if (how_.keep_numbers)
        read_learned(s);
      else
        sets_[s] = sets_[s].fit_layer(elements(x)).initialized(row_of(x, g, memory));
      write_learned(s);
    }
    started_ = true;
  }
  void train(const float_matrix& x, index_t sample) {
    const bool first = !started_ && (!learned_.empty() || observes_);
    if (sample > 0 && sample != sample_ && !learned_.empty()) {
      for (any_quantizer& q : sets_) q = q.with_elements(sample);
      sample_ = sample;
    }
    if (first) start(x);
    if (!first && (!learned_.empty() || observes_)) {
      std::vector<float> memory;
      for (std::size_t s = 0; s < sets_.size(); ++s) {
        read_learned(s);
        write_learned(s);
        const auto g = map_.at(index_of(s), x.rows(), x.cols());
        if (observes_ && g.count() > 0) sets_[s] = sets_[s].observed(row_of(x, g, memory));
      }
    }
    refit(x);
  }
  void evaluate(const float_matrix& x) {
    if (observes_ && !started_)
      detail::fail(
          "nn: the inputs' levels are averages over the batches of training, and there was none");
    for (std::size_t s = 0; s < sets_.size() && !learned_.empty(); ++s) {
      read_learned(s);
      write_learned(s);
    }
    refit(x);
  }

  any_policy prototype_;
  detail::nn::granule_map map_;
  policy_use how_;
  bool observes_ = false, started_ = false, held_ = false;
  index_t sample_ = 0;  ///< the features of an image, once they are known
  std::vector<any_quantizer> sets_;
  std::vector<parameter> learned_;
};

}  // namespace nn
LOWBIT_END

#endif
