// Pictures: with gnuplot as PNG files, without it as text.
#pragma once

#include <string>
#include <vector>

#include "methods.hpp"
#include "table.hpp"

/// True if there is a gnuplot to run.
bool has_gnuplot();

/// The forward map over the distribution of the weights (null: without), and the gradient below. Throws
/// std::runtime_error if gnuplot fails or the file cannot be written.
void draw_png(const std::string& file, const method& m, const curve& c, const weight_view* weights);

/// The same as lines of text.
void draw_text(const method& m, const curve& c);

/// Precision over bits, a point a method.
void draw_png(const std::string& file, const std::vector<table_row>& rows);
