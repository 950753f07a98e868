// Every fitted method on one weight matrix: a table, and a picture of bits against precision.
#pragma once

#include <string>

#include "methods.hpp"

/// What one method did; `failure` says why it could not be fitted.
struct table_row {
  const method* of;
  fit_result result;
  std::string failure;
};

/// Fits all methods that can be, fewest bits first and the best first among equals.
std::vector<table_row> fit_all(weight_view weights, grouping group);

void print_table(const std::vector<table_row>& rows);
