// One line of the report: what was measured of one task on one shape, and whom it was measured with.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bench {

/// A peer's time for the same product.
struct rival_time {
  std::string name;
  std::string how;
  double median_ns = 0;
  double mac_per_cycle = 0;
  double times_ours = 0;  ///< its time / our time
};

/// A row. What a task does not have is empty, and absent from the report.
struct row {
  std::string task;
  std::string part;  ///< of a network
  std::vector<long>
      shape;  ///< M, N, K of a product; rows and columns of a matrix; the output of a layer
  std::string isa;
  std::string kernel;
  int threads = 1;
  int rounds = 0;

  // Codes packed, rhs prepared.
  double median_ns = 0;
  std::optional<double> mac_per_cycle;
  std::optional<double> bytes_per_cycle;
  std::optional<double>
      of_peak;       ///< our rate / that of the ISA's product, count and add (roofline.hpp)
  std::string peak;  ///< those instructions
  std::optional<double> of_read;  ///< our rate of reading / the rate of loads over as many bytes

  // The same with what else has to be done.
  std::optional<double> unprepared_ns;    ///< rhs packed, not prepared
  std::optional<double> packing_ns;       ///< the lhs from floats to packed codes, alone
  std::optional<double> with_packing_ns;  ///< packing and product

  // Of a network and its layers.
  std::optional<double> of_network;      ///< the layer's time / the network's
  std::optional<double> convolution_ns;  ///< of bits alone, to int32 sums
  std::optional<double> real_ns;         ///< the real convolution of the layer
  std::optional<double> glue;            ///< what is neither / the network's time

  std::vector<rival_time> rivals;
  std::vector<std::string> notes;  ///< who was left out, and why
};

}  // namespace bench
