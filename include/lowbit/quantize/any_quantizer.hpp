// lowbit/quantize/any_quantizer.hpp – a quantizer whose type is known when the program runs.
//
//     any_quantizer q = lsq<4>{};                     holds any quantizer with its numbers; copies are cheap
//     any_quantizer q = quantizer_named("lsq4");      quantize/any_catalogue.hpp
//     q = q.initialized(weights);
//     q.forward(x, y);                                y = decode(encode(x)), a whole row at a time
//     q.backward(x, upstream, dx);
//     q.parameter_gradient(x, upstream, d);           one float per trained number
//
// Every function gives what the typed ones give, bit for bit, and costs one indirect call per row. Code that works
// on any_quantizer is compiled once, not once per method.
//
// A value never changes: fit(), with_learned() and the like give another one. So copies share memory, and threads may
// read one without a lock.
//
// Three kinds of numbers are inside. Options are the caller's. Fitted numbers follow from data, and fit() finds them
// again. Trained numbers change with training: learned() are those that have gradients. numbers() adds what
// observed() averages: a checkpoint keeps these, and with_numbers() takes them back.
#ifndef LOWBIT_QUANTIZE_ANY_QUANTIZER_HPP
#define LOWBIT_QUANTIZE_ANY_QUANTIZER_HPP

#include "lowbit/quantize/rows_of.hpp"

LOWBIT_BEGIN

/// Any quantizer, as a value.
class any_quantizer {
 public:
  /// Holds a copy of q. Not explicit: a quantizer may stand wherever any is taken.
  template <class Q>
  requires(detail::quantizers::looks_like_quantizer<Q>&& quantizer<Q>) any_quantizer(const Q& q)
      : rows_(std::make_shared<detail::quantizers::rows_of<Q>>(q)) {}

  /// What its type is: encoding, fits, trained numbers.
  [[nodiscard]] const quantizer_traits& traits() const noexcept { return rows_->traits(); }
  [[nodiscard]] const code_format& format() const noexcept { return traits().format; }
  /// The quantizer inside, if it is a Q; else null.
  template <class Q>
  [[nodiscard]] const Q* get_if() const noexcept {
    return static_cast<const Q*>(rows_->object(&detail::quantizers::type_tag<Q>));
  }
  /// Errors: those of the quantizer's own validate(); levels that are no floats.
  void validate() const { rows_->validate(); }

  /// The float that a code stands for.
  [[nodiscard]] float decode(code_t code) const noexcept { return rows_->decode(code); }
  /// What turns codes into floats: {scale, offset} of integers, one coefficient per plane, or a table by code.
  [[nodiscard]] std::vector<float> levels() const { return rows_->levels(); }
  /// The levels of codes that stand for integers. Errors: planes or a table.
  [[nodiscard]] affine affine_levels() const {
    if (format().kind != code_kind::integers)
      detail::fail("any_quantizer: codes of %s have no scale and offset", format().name);
    const std::vector<float> all = levels();
    return {all[0], all[1]};
  }

  /// Codes of a row. Errors: lengths differ; the quantizer is stochastic.
  void encode(std::span<const float> x, std::span<code_t> codes) const {
    require_length("encode", x.size(), codes.size());
    rows_->encode(x, codes);
  }
  /// The same; a stochastic quantizer takes uniform first + i for element i, and others none. Errors: lengths differ.
  void encode(std::span<const float> x, const random_stream& stream, index_t first,
              std::span<code_t> codes) const {
    require_length("encode", x.size(), codes.size());
    rows_->encode(x, stream, first, codes);
  }
  /// y = decode(encode(x)); y may be x. Errors: as encode().
  void forward(std::span<const float> x, std::span<float> y) const {
    require_length("forward", x.size(), y.size());
    rows_->forward(x, y);
  }
  void forward(std::span<const float> x, const random_stream& stream, index_t first,
               std::span<float> y) const {
    require_length("forward", x.size(), y.size());
    rows_->forward(x, stream, first, y);
  }
  /// dL/dx of one group; dx may be upstream. Errors: lengths differ; no gradient.
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const {
    require_length("backward", x.size(), upstream.size());
    require_length("backward", x.size(), dx.size());
    rows_->backward(x, upstream, dx);
  }

  /// How many floats are trained: the counts of traits().learned.
  [[nodiscard]] index_t learned_count() const noexcept {
    index_t sum = 0;
    for (const learned_number& n : traits().learned) sum += n.count;
    return sum;
  }
  /// dL/d each trained number, in the order of learned(). Errors: lengths differ.
  void parameter_gradient(std::span<const float> x, std::span<const float> upstream,
                          std::span<float> gradient) const {
    require_length("parameter_gradient", x.size(), upstream.size());
    require_length("parameter_gradient", static_cast<std::size_t>(learned_count()),
                   gradient.size());
    rows_->parameter_gradient(x, upstream, gradient);
  }
  /// The trained numbers.
  [[nodiscard]] std::vector<float> learned() const {
    std::vector<float> all(static_cast<std::size_t>(learned_count()));
    rows_->learned(all);
    return all;
  }
  /// With other trained numbers. Errors: another count.
  [[nodiscard]] any_quantizer with_learned(std::span<const float> numbers) const {
    require_length("with_learned", static_cast<std::size_t>(learned_count()), numbers.size());
    return numbers.empty() ? *this : any_quantizer(rows_->with_learned(numbers));
  }
  /// With what a step of an optimizer made of the trained numbers, each moved into its range
  /// (gradient/learned_number.hpp). Errors: another count.
  [[nodiscard]] any_quantizer moved_to(std::span<const float> numbers) const {
    require_length("moved_to", static_cast<std::size_t>(learned_count()), numbers.size());
    std::vector<float> valid(numbers.begin(), numbers.end());
    rows_->in_range(valid);
    return with_learned(valid);
  }
  /// All that training changes and no fit finds again, for checkpoints; and a quantizer of the same type and options
  /// with it. Errors: another count; what validate() reports.
  [[nodiscard]] std::vector<float> numbers() const { return rows_->numbers(); }
  [[nodiscard]] any_quantizer with_numbers(std::span<const float> all) const {
    require_length("with_numbers", rows_->numbers().size(), all.size());
    any_quantizer q = all.empty() ? *this : any_quantizer(rows_->with_numbers(all));
    q.validate();
    return q;
  }
  /// N of LSQ's step gradient, unless it is set; other quantizers do not need it.
  [[nodiscard]] any_quantizer with_elements(index_t elements) const {
    return traits().learned.empty() ? *this : any_quantizer(rows_->with_elements(elements));
  }

  /// Fitted to a group; as it is where the method has no fit. Errors: an element is not finite.
  [[nodiscard]] any_quantizer fit(std::span<const float> group) const {
    return traits().fitted ? any_quantizer(rows_->fit(group)) : *this;
  }
  /// What belongs to all groups together is fitted; then fit() may get each group.
  [[nodiscard]] any_quantizer fit_layer(std::span<const float> all) const {
    return traits().layer_fitted ? any_quantizer(rows_->fit_layer(all)) : *this;
  }
  /// Fitted, but for the trained numbers. Errors: as fit().
  [[nodiscard]] any_quantizer refitted(std::span<const float> group) const {
    return traits().fitted ? any_quantizer(rows_->refitted(group)) : *this;
  }
  /// With the numbers that training begins with, from weights or a first batch. Errors: an element is not finite;
  /// those of the method.
  [[nodiscard]] any_quantizer initialized(std::span<const float> sample) const {
    return any_quantizer(rows_->initialized(sample));
  }
  /// Moved towards one more batch of training, where traits().observing; else as it is. Errors: as fit().
  [[nodiscard]] any_quantizer observed(std::span<const float> batch) const {
    return traits().observing ? any_quantizer(rows_->observed(batch)) : *this;
  }

  /// What evaluation uses: of a stochastic quantizer its deterministic twin, of any other itself.
  [[nodiscard]] any_quantizer deterministic() const {
    return traits().stochastic ? any_quantizer(rows_->deterministic()) : *this;
  }
  /// As it is when training has come so far: progress from 0 to 1. Errors: progress is not in [0, 1].
  [[nodiscard]] any_quantizer at(double progress) const {
    require_progress(progress);
    return any_quantizer(rows_->at(progress));
  }
  /// The portion of weights that is quantized then; 1 unless traits().portions. Errors: as at().
  [[nodiscard]] double portion_at(double progress) const {
    require_progress(progress);
    return rows_->portion_at(progress);
  }
  /// The optimizer keeps latent weights in +-latent_clip(); 0: no clip.
  [[nodiscard]] float latent_clip() const noexcept { return rows_->latent_clip(); }

 protected:
  explicit any_quantizer(detail::quantizers::shared_rows changed) : rows_(std::move(changed)) {}

 private:
  static void require_length(const char* who, std::size_t wanted, std::size_t given) {
    if (wanted != given)
      detail::fail("any_quantizer: %s: %zu elements and %zu: they must be equal", who, wanted,
                   given);
  }
  static void require_progress(double progress) {
    if (!(progress >= 0 && progress <= 1))
      detail::fail("any_quantizer: progress is %g: it must be in [0, 1]", progress);
  }

  detail::quantizers::shared_rows rows_;
};

LOWBIT_END

#endif
