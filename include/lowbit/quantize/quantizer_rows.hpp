// lowbit/quantize/quantizer_rows.hpp – what any_quantizer does with a quantizer, over whole rows.
//
// quantizer_rows is the table of functions behind any_quantizer (quantize/any_quantizer.hpp); rows_of<Q> fills it in
// for one type (quantize/rows_of.hpp). Each function takes a row, so a call through the table costs nothing next to its
// loop. The loop is compiled for Q: an elementwise formula runs in blocks that become vectors
// (quantize/fit/in_blocks.hpp). What Q does not have is decided here, once: no fit gives Q itself, no trained numbers
// give none.
#ifndef LOWBIT_QUANTIZE_QUANTIZER_ROWS_HPP
#define LOWBIT_QUANTIZE_QUANTIZER_ROWS_HPP

#include <memory>
#include <vector>

#include "lowbit/core/random.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/quantize/learnable.hpp"

LOWBIT_BEGIN

// clang-format off

/// Its paper averages over the batches of training: observed(batch).
template <class Q>
concept observing_quantizer = quantizer<Q> && requires(const Q& q, std::span<const float> batch) {
  { q.observed(batch) } -> std::same_as<Q>;
};

/// Quantizes and freezes growing portions of the weights (INQ).
template <class Q>
concept quantizes_portions = quantizer<Q> && requires {
  { Q::portion_at(0.5) } -> std::same_as<double>;
};

// clang-format on

/// What a type of quantizer is, as data.
struct quantizer_traits {
  code_format format{};                     ///< of its codes
  bool stochastic = false;                  ///< codes need uniforms
  bool fitted = false;                      ///< has fit()
  bool layer_fitted = false;                ///< has fit_layer()
  bool per_token = false;                   ///< fit() is for one token
  bool activations_alone = false;           ///< no quantizer of weights
  bool observing = false;                   ///< observed() averages over batches
  bool portions = false;                    ///< quantizes growing portions of weights
  bool trains = false;                      ///< has a gradient
  std::span<const learned_number> learned;  ///< its trained numbers
};

namespace detail::quantizers {

class quantizer_rows;
using shared_rows = std::shared_ptr<const quantizer_rows>;

/// One quantizer, whatever its type; never changes.
class quantizer_rows {
 public:
  virtual ~quantizer_rows() = default;

  [[nodiscard]] virtual const quantizer_traits& traits() const noexcept = 0;
  virtual void validate() const = 0;
  [[nodiscard]] virtual float decode(code_t code) const noexcept = 0;
  [[nodiscard]] virtual std::vector<float> levels() const = 0;
  virtual void encode(std::span<const float> x, std::span<code_t> codes) const = 0;
  virtual void encode(std::span<const float> x, const random_stream& stream, index_t first,
                      std::span<code_t> codes) const = 0;
  virtual void forward(std::span<const float> x, std::span<float> y) const = 0;
  virtual void forward(std::span<const float> x, const random_stream& stream, index_t first,
                       std::span<float> y) const = 0;
  virtual void backward(std::span<const float> x, std::span<const float> upstream,
                        std::span<float> dx) const = 0;
  virtual void parameter_gradient(std::span<const float> x, std::span<const float> upstream,
                                  std::span<float> gradient) const = 0;
  virtual void learned(std::span<float> numbers) const = 0;
  [[nodiscard]] virtual shared_rows with_learned(std::span<const float> numbers) const = 0;
  virtual void in_range(std::span<float> numbers) const = 0;
  [[nodiscard]] virtual std::vector<float> numbers() const = 0;
  [[nodiscard]] virtual shared_rows with_numbers(std::span<const float> numbers) const = 0;
  [[nodiscard]] virtual shared_rows fit(std::span<const float> group) const = 0;
  [[nodiscard]] virtual shared_rows fit_layer(std::span<const float> all) const = 0;
  [[nodiscard]] virtual shared_rows refitted(std::span<const float> group) const = 0;
  [[nodiscard]] virtual shared_rows initialized(std::span<const float> sample) const = 0;
  [[nodiscard]] virtual shared_rows observed(std::span<const float> batch) const = 0;
  [[nodiscard]] virtual shared_rows with_elements(index_t elements) const = 0;
  [[nodiscard]] virtual shared_rows deterministic() const = 0;
  [[nodiscard]] virtual shared_rows at(double progress) const = 0;
  [[nodiscard]] virtual double portion_at(double progress) const noexcept = 0;
  [[nodiscard]] virtual float latent_clip() const noexcept = 0;
  [[nodiscard]] virtual const void* object(const void* type) const noexcept = 0;
};

/// Asked before the concept quantizer, which asks whether a type can be copied: a class that can be made from an
/// any_quantizer would ask itself.
template <class Q>
concept looks_like_quantizer = requires {
  typename Q::encoding;
};

/// An address per type.
template <class Q>
inline constexpr char type_tag = 0;

}  // namespace detail::quantizers
LOWBIT_END

#endif
