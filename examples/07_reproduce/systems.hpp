// The training systems: what each quantizes, and how it is trained.
#pragma once

#include <vector>

#include "networks.hpp"

/// How weights move.
enum class update { adam, shift_adamax, bop, stochastic_rounding, discrete_transition };

struct system_row {
  const char* name;
  const char* paper;
  /// A name of quantize/any_catalogue.hpp, for the weights that the system quantizes.
  const char* weights;
  /// The same, of what hidden layers and the last one read.
  const char* inputs;
  const network_plan* network = &mlp;
  update by = update::adam;
  bool distilled = false;    ///< from the float twin, softmax cross-entropy beside it
  bool shift_norms = false;  ///< shift-based batch norms
  bool hinge = false;        ///< squared hinge in place of cross-entropy
  bool decay = false;        ///< DoReFa's quantizers of 8, 4 and 2 bits first, an epoch each
  bool two_rounds = false;   ///< tanh of weights and activations in the first half of the epochs
  /// A name of a quantizer for the gradients of all layers but the last; none: floats.
  const char* gradients = "";
  /// Latent weights in [-1, 1], with a rate per layer (nn/layers/glorot_rate.hpp).
  bool glorot_rates = false;
  /// Weights are random in training. So the paper evaluates the real ones.
  bool real_weights = false;
  float l2 = 0;               ///< decay of weights, and of trained numbers that have it
  lowbit::index_t widen = 1;  ///< so many times the hidden units
  /// What the paper or its program gives, where the figure was found in the source; its setting is never this one.
  const char* published = "";
};

/// All of them, in the order of the table.
const std::vector<system_row>& systems();

/// `above` is at least as accurate as `below`, by `by` points (of 100); negative: it may be as much less accurate.
struct ordering {
  const char *above, *below;
  double by;
  bool real_weights = false;  ///< `above` counts with its real weights
};
const std::vector<ordering>& orderings();
