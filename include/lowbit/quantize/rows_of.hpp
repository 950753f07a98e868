// lowbit/quantize/rows_of.hpp – the functions over rows of one type of quantizer (quantize/quantizer_rows.hpp).
#ifndef LOWBIT_QUANTIZE_ROWS_OF_HPP
#define LOWBIT_QUANTIZE_ROWS_OF_HPP

#include "lowbit/quantize/fit/in_blocks.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learned_of.hpp"
#include "lowbit/quantize/quantizer_rows.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// A quantizer of type Q.
template <quantizer Q>
class rows_of final : public quantizer_rows {
  using encoding = typename Q::encoding;
  using trained = learned_of<Q>;
  static_assert(lists_all_numbers<Q>(), "lowbit: learned_numbers must list all of `parameters`");
  static constexpr bool has_gradient = group_gradient<Q> || elementwise_gradient<Q>;
  static constexpr std::size_t level_count = std::size_t{1} << encoding::plane_count;

 public:
  explicit rows_of(const Q& q) : q_(q) {}

  [[nodiscard]] const quantizer_traits& traits() const noexcept override {
    static constexpr quantizer_traits all{
        format_of<encoding>(),  !deterministic_quantizer<Q>, fitted<Q>,
        layer_fitted<Q>,        fitted_per_token<Q>,         for_activations_alone<Q>,
        observing_quantizer<Q>, quantizes_portions<Q>,       has_gradient,
        trained::numbers};
    return all;
  }
  void validate() const override { lowbit::validate(q_); }
  [[nodiscard]] float decode(code_t code) const noexcept override {
    return lowbit::decode(q_, code);
  }
  [[nodiscard]] std::vector<float> levels() const override {
    const levels_of<encoding> all = q_.levels();
    if constexpr (plane_code<encoding>)
      return {all.scale, all.offset};
    else if constexpr (multi_plane_code<encoding>)
      return {all.coefficient.begin(), all.coefficient.end()};
    else
      return {all.table.begin(), all.table.end()};
  }

  void encode(std::span<const float> x, std::span<code_t> codes) const override {
    if constexpr (deterministic_quantizer<Q>)
      for_each_encoded(x, [&](std::size_t at, std::size_t count, const code_t* block) {
        std::memcpy(codes.data() + at, block, count);
      });
    else
      refuse_without_stream();
  }
  void encode(std::span<const float> x, const random_stream& stream, index_t first,
              std::span<code_t> codes) const override {
    if constexpr (deterministic_quantizer<Q>)
      encode(x, codes);
    else
      for_each_drawn(x, stream, first, [&](std::size_t at, std::size_t count, const code_t* block) {
        std::memcpy(codes.data() + at, block, count);
      });
  }
  void forward(std::span<const float> x, std::span<float> y) const override {
    if constexpr (deterministic_quantizer<Q>) {
      const level_reader level(q_, x.size());
      for_each_encoded(x, [&](std::size_t at, std::size_t count, const code_t* codes) {
        float block[block_length];
        level.read(codes, block);
        std::memcpy(y.data() + at, block, count * sizeof(float));
      });
    } else {
      refuse_without_stream();
    }
  }
  void forward(std::span<const float> x, const random_stream& stream, index_t first,
               std::span<float> y) const override {
    if constexpr (deterministic_quantizer<Q>) {
      forward(x, y);
    } else {
      const level_reader level(q_, x.size());
      for_each_drawn(x, stream, first, [&](std::size_t at, std::size_t count, const code_t* codes) {
        float block[block_length];
        level.read(codes, block);
        std::memcpy(y.data() + at, block, count * sizeof(float));
      });
    }
  }
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const override {
    if constexpr (group_gradient<Q>)
      q_.backward(x, upstream, dx);
    else if constexpr (elementwise_gradient<Q>)
      in_blocks(dx, x, upstream,
                [&](float v, float g) LOWBIT_INLINE_LAMBDA { return lowbit::gradient(q_, v, g); });
    else
      fail("backward: a quantizer of %s has no gradient", encoding::name);
  }

  void parameter_gradient([[maybe_unused]] std::span<const float> x,
                          [[maybe_unused]] std::span<const float> upstream,
                          [[maybe_unused]] std::span<float> gradient) const override {
    if constexpr (trained::count > 0) copy_numbers(trained::gradient(q_, x, upstream), gradient);
  }
  void learned([[maybe_unused]] std::span<float> numbers) const override {
    if constexpr (trained::count > 0) copy_numbers(trained::of(q_), numbers);
  }
  [[nodiscard]] shared_rows with_learned(
      [[maybe_unused]] std::span<const float> numbers) const override {
    if constexpr (trained::count > 0)
      return share(trained::with(q_, taken_numbers<Q>(numbers)));
    else
      return share(q_);
  }
  void in_range([[maybe_unused]] std::span<float> numbers) const override {
    if constexpr (trained::count > 0)
      copy_numbers(trained::in_range(q_, taken_numbers<Q>(numbers)), numbers);
  }

  [[nodiscard]] std::vector<float> numbers() const override {
    if constexpr (requires {
                    { q_.with_numbers(q_.numbers()) } -> std::same_as<Q>;
                  }) {
      const auto all = q_.numbers();
      return {all.begin(), all.end()};
    } else {
      std::vector<float> all(trained::count);
      learned(all);
      return all;
    }
  }
  [[nodiscard]] shared_rows with_numbers(std::span<const float> numbers) const override {
    if constexpr (requires {
                    { q_.with_numbers(q_.numbers()) } -> std::same_as<Q>;
                  }) {
      auto all = q_.numbers();
      std::memcpy(all.data(), numbers.data(), sizeof all);
      return share(q_.with_numbers(all));
    } else {
      return with_learned(numbers);
    }
  }

  [[nodiscard]] shared_rows fit([[maybe_unused]] std::span<const float> group) const override {
    if constexpr (fitted<Q>)
      return share(q_.fit(group));
    else
      return share(q_);
  }
  [[nodiscard]] shared_rows fit_layer([[maybe_unused]] std::span<const float> all) const override {
    if constexpr (layer_fitted<Q>)
      return share(q_.fit_layer(all));
    else
      return share(q_);
  }
  [[nodiscard]] shared_rows refitted(std::span<const float> group) const override {
    if constexpr (requires {
                    { q_.refitted(group) } -> std::same_as<Q>;
                  })
      return share(q_.refitted(group));
    else if constexpr (fitted<Q> && trained::count > 0)
      return share(trained::with(q_.fit(group), trained::of(q_)));
    else
      return fit(group);
  }
  [[nodiscard]] shared_rows initialized(std::span<const float> sample) const override {
    if constexpr (requires {
                    { q_.initialized(sample) } -> std::convertible_to<Q>;
                  })
      return share(q_.initialized(sample));
    else
      return fit(sample);
  }
  [[nodiscard]] shared_rows observed([[maybe_unused]] std::span<const float> batch) const override {
    if constexpr (observing_quantizer<Q>)
      return share(q_.observed(batch));
    else
      return share(q_);
  }
  [[nodiscard]] shared_rows with_elements([[maybe_unused]] index_t elements) const override {
    Q q = q_;
    if constexpr (requires { q.elements = elements; })
      if (q.elements == 0) q.elements = elements;
    return share(q);
  }
  [[nodiscard]] shared_rows deterministic() const override {
    if constexpr (requires {
                    { q_.deterministic() } -> quantizer;
                  })
      return std::make_shared<rows_of<decltype(q_.deterministic())>>(q_.deterministic());
    else
      return share(q_);
  }
  [[nodiscard]] shared_rows at([[maybe_unused]] double progress) const override {
    if constexpr (requires {
                    { q_.at(progress) } -> std::convertible_to<Q>;
                  }) {
      return share(q_.at(progress));
    } else {
      Q q = q_;
      if constexpr (requires { q.surrogate_gradient = q.surrogate_gradient.at(progress); })
        q.surrogate_gradient = q.surrogate_gradient.at(progress);
      return share(q);
    }
  }
  [[nodiscard]] double portion_at([[maybe_unused]] double progress) const noexcept override {
    if constexpr (quantizes_portions<Q>)
      return Q::portion_at(progress);
    else
      return 1;
  }
  [[nodiscard]] float latent_clip() const noexcept override {
    if constexpr (clips_latent_weights<Q>)
      return q_.latent_clip();
    else
      return 0;
  }
  [[nodiscard]] const void* object(const void* type) const noexcept override {
    return type == &type_tag<Q> ? &q_ : nullptr;
  }

 private:
  /// From codes to floats: through a table where a row is longer than one.
  class level_reader {
   public:
    level_reader(const Q& q, std::size_t row) noexcept : q_(q), tabulated_(row >= level_count) {
      for (std::size_t c = 0; tabulated_ && c < level_count; ++c)
        table_[c] = lowbit::decode(q, static_cast<code_t>(c));
    }
    void read(const code_t* codes, float (&y)[block_length]) const noexcept {
      if (tabulated_)
        for (std::size_t i = 0; i < block_length; ++i) y[i] = table_[codes[i]];
      else
        for (std::size_t i = 0; i < block_length; ++i) y[i] = lowbit::decode(q_, codes[i]);
    }

   private:
    const Q& q_;
    bool tabulated_;
    float table_[level_count];
  };

  /// put_block(first, count, codes) for blocks of 64. Quotients of ordinary floats take the short way.
  template <class Put>
  void for_each_encoded(std::span<const float> x,
                        const Put& put_block) const requires deterministic_quantizer<Q> {
    for_each_block(x.size(), [&](std::size_t at, std::size_t count) {
      float block[block_length];
      code_t codes[block_length];
      load_block(x, at, count, block);
      if constexpr (quotient_quantizer<Q> && !formula_quantizer<Q> && !comparing_quantizer<Q>) {
        const auto quotient = q_.quotient();
        if (all_near(block, quotient.limit()))
          for (std::size_t i = 0; i < block_length; ++i)
            codes[i] = quotient.encode_near(static_cast<double>(block[i]));
        else
          for (std::size_t i = 0; i < block_length; ++i) codes[i] = quotient.encode(block[i]);
      } else {
        for (std::size_t i = 0; i < block_length; ++i) codes[i] = lowbit::encode(q_, block[i]);
      }
      put_block(at, count, codes);
    });
  }
  /// The same with uniforms.
  template <class Put>
  void for_each_drawn(std::span<const float> x, const random_stream& stream, index_t first,
                      const Put& put_block) const requires stochastic_quantizer<Q> {
    for_each_block(x.size(), [&](std::size_t at, std::size_t count) {
      float block[block_length], uniforms[block_length];
      code_t codes[block_length];
      load_block(x, at, count, block);
      stream.uniforms(first + static_cast<index_t>(at), uniforms);
      for (std::size_t i = 0; i < block_length; ++i)
        codes[i] = lowbit::encode(q_, block[i], uniforms[i]);
      put_block(at, count, codes);
    });
  }
  [[noreturn]] static void refuse_without_stream() {
    fail("encode: this quantizer of %s is stochastic: pass a random_stream, or use deterministic()",
         encoding::name);
  }
  [[nodiscard]] static shared_rows share(const Q& q) { return std::make_shared<rows_of>(q); }

  Q q_;
};

}  // namespace detail::quantizers
LOWBIT_END

#endif
