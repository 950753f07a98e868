// One width for all layers against widths by SQNR (width_pipelines()): which bytes buy which error.
#pragma once

#include "report.hpp"

/// How many bytes less the files with allocated widths have than those of one width would have at the same error, before
/// and after fine-tuning. Between the widths that were run, bytes are interpolated over the error. Prints nothing without
/// these pipelines.
void print_widths(const report& r);
