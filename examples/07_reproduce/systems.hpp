// The training systems: what each quantizes, and how it is trained.
#pragma once

#include <string>
#include <vector>

/// How weights move.
enum class update { adam, shift_adamax, bop, stochastic_rounding, discrete_transition };

struct system_row {
  const char* name;
  const char* paper;
  const char* weights;  ///< a name of quantize/any_catalogue.hpp, for all layers but the last
  const char* inputs;   ///< the same, of what hidden layers read
  update by = update::adam;
  bool distilled = false;    ///< from the float twin, softmax cross-entropy beside it
  bool shift_norms = false;  ///< shift-based batch norms
  bool hinge = false;        ///< squared hinge in place of cross-entropy
};

/// All of them, in the order of the table.
const std::vector<system_row>& systems();

/// `above` is at least as accurate as `below`, by `by` points (of 100); negative: it may be as much less accurate.
struct ordering {
  const char *above, *below;
  double by;
};
const std::vector<ordering>& orderings();
