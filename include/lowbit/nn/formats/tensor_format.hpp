// lowbit/nn/formats/tensor_format.hpp – short words for the numbers of a training, with one exponent per tensor.
//
// Formats of few bits have a small range. So each tensor of a network (the weights of a layer, its results, the gradient
// of each) has an exponent of its own. The exponent must be there before the numbers are, and the numbers change while
// a network trains. Two controllers of the literature find it, behind one interface:
//
//     dynamic_fixed_point_format   counts overflows, and moves by one bit per window of images     Courbariaux
//     flexpoint_format             predicts the next maximum from those of the last uses           Flexpoint
//
// nn::low_precision (nn/layers/low_precision.hpp) trains a layer with them. A controller of one's own is another class
// of this kind.
#ifndef LOWBIT_NN_FORMATS_TENSOR_FORMAT_HPP
#define LOWBIT_NN_FORMATS_TENSOR_FORMAT_HPP

#include <memory>
#include <span>
#include <vector>

#include "lowbit/core/types.hpp"
#include "lowbit/nn/state.hpp"

LOWBIT_BEGIN
namespace nn {

/// What a number is rounded for. Steps of an optimizer are small, so stored parameters may have more bits.
enum class precision { propagation, update };

/// The format of one tensor: words of a fixed number of bits times 2^exponent.
class tensor_format {
 public:
  virtual ~tensor_format() = default;

  /// Another tensor's format, in the same state.
  [[nodiscard]] virtual std::unique_ptr<tensor_format> copy() const = 0;
  /// A use in training: every number becomes the nearest one of the format for propagation, and what was seen decides
  /// on the exponent of later uses. `images` is the number of images in the batch. A tensor of zeros teaches nothing.
  virtual void use(std::span<float> x, index_t images) = 0;
  /// Rounds as the format is; numbers out of range get the nearest end. Before the first use nothing changes.
  virtual void round_numbers(std::span<float> x, precision p) const = 0;
  /// log2 of the step between numbers for propagation.
  [[nodiscard]] virtual int exponent() const noexcept = 0;
  /// What a checkpoint keeps, as the state of a layer (nn/state.hpp).
  virtual void write_state(std::vector<double>& to) const = 0;
  virtual void read_state(std::span<const double>& from) = 0;

 protected:
  tensor_format() = default;
  tensor_format(const tensor_format&) = default;
  tensor_format& operator=(const tensor_format&) = default;
};

}  // namespace nn
LOWBIT_END

#endif
