// The catalogue as run-time values: one method per line, with what this program asks of it.
#pragma once

#include <lowbit/core/matrix_view.hpp>
#include <string>
#include <vector>

/// What a quantizer makes of evenly spaced numbers. Stochastic ones: the mean of many draws.
struct curve {
  std::vector<double> x;
  std::vector<double> level;     ///< decode(encode(x))
  std::vector<double> soft;      ///< the smooth function behind it; empty if it has none
  std::vector<double> gradient;  ///< dL/dx where dL/dlevel = 1; empty if it has none
};

/// Evenly spaced numbers, both ends included.
struct range {
  double from;
  double to;
  int points;
  double at(int i) const { return from + (to - from) * i / (points - 1); }
};

/// Which weights share one fit: all (0), or each `size` consecutive ones of a row.
struct grouping {
  lowbit::index_t size = 0;
};

/// How well a quantizer follows a weight matrix.
struct fit_result {
  double bits;          ///< a weight, with what each group's levels need
  double rms_error;     ///< in the units of the weights
  double sqnr;          ///< 10 log10 (sum of squares / sum of squared errors), in dB
  double rescaled;      ///< the same after all levels were multiplied by the best single number
  double zeros;         ///< share of the levels that are exactly 0
  double milliseconds;  ///< to fit all groups, the fastest of three times
  bool of_magnitudes;   ///< it has no negative levels, so it was fitted to |w|
};

using weight_view = lowbit::matrix_view<const float>;

/// One line of the catalogue.
struct method {
  std::string name;
  std::string header;
  std::string family;
  std::string encoding;
  int bits;
  std::string paper;
  int year;
  double extent;    ///< its largest level before any fit, in magnitude
  bool fits;        ///< has a fit
  bool stochastic;  ///< encodes with a random number
  /// A fitted method is fitted to the weights first.
  curve (*draw)(const range&, weight_view weights);
  /// Null without a fit.
  fit_result (*fit)(weight_view weights, grouping);
};

/// All quantizers of lowbit.
const std::vector<method>& methods();
