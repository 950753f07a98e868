// A picture of accuracy or error over bytes.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

struct scatter_point {
  std::string name;
  double bytes;
  double percent;
  int color = 0;      ///< 0 or 1
  bool pale = false;  ///< a network in floats
};

struct scatter_text {
  std::string axes;          ///< below the picture
  std::string colors[2];     ///< what the points of a color are
  bool best_is_low = false;  ///< of percents: the list begins with the best
};

/// An SVG picture: bytes on a logarithmic axis, percents on the other one, a number per point and a list of their names.
/// Points far worse than most lie on the edge.
void draw_scatter(std::vector<scatter_point> points, const scatter_text& text, std::ostream& out);
