// The quantizers of the catalogue as values of one type, so that a suite that runs on all of them is compiled once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lowbit/encoding/encoding.hpp"

namespace test {

/// A quantizer of some type. Where a method is stochastic, u is its uniform number.
class any_quantizer {
 public:
  virtual ~any_quantizer() = default;

  [[nodiscard]] virtual lowbit::code_t encode(float x, float u = 0.5f) const = 0;
  /// The same through planes() where the bits are comparisons, through its boundaries where it rises.
  [[nodiscard]] virtual std::optional<lowbit::code_t> compare(float x) const = 0;
  [[nodiscard]] virtual float decode(lowbit::code_t code) const = 0;
  /// Fitted to the group, or a copy where the method does not fit.
  [[nodiscard]] virtual std::unique_ptr<any_quantizer> fit(std::span<const float> group) const = 0;
  virtual void backward(std::span<const float> x, std::span<const float> upstream,
                        std::span<float> dx) const = 0;
  virtual void validate() const = 0;

  [[nodiscard]] virtual bool is_code(lowbit::code_t code) const = 0;
  [[nodiscard]] virtual std::vector<lowbit::code_t> all_codes() const = 0;
  /// The numbers at which the code changes, where the quantizer keeps them.
  [[nodiscard]] virtual std::vector<float> boundaries() const = 0;
  /// All levels are decided by one scale, and this is it.
  [[nodiscard]] virtual std::optional<lowbit::affine> affine_levels() const = 0;

  [[nodiscard]] float real(float x) const { return decode(encode(x)); }
};

/// A line of the catalogue.
struct catalogued {
  std::string name, header, family, paper, trained, encoding, scales;
  int year = 0, bits = 0;
  bool fitted = false, learnable = false;
  /// A level is encoded as itself, and nothing is beyond the levels of the infinities.
  bool keeps_domain = true;
  /// A larger number never gets a smaller level.
  bool monotone = true;
  std::unique_ptr<any_quantizer> prototype;
};

/// All of them, in order.
const std::vector<catalogued>& every_quantizer();

}  // namespace test
