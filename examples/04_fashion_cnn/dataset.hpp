// Images with labels: Fashion-MNIST from its IDX files.
#pragma once

#include <cstdint>
#include <lowbit/core/types.hpp>
#include <string>
#include <vector>

/// Images of one size, one after another, and what they show.
struct samples {
  lowbit::index_t width = 0;
  lowbit::index_t height = 0;
  std::vector<std::uint8_t> pixels;  ///< size() x height x width, 0 is black
  std::vector<std::uint8_t> labels;  ///< size() of them, each below the number of classes

  lowbit::index_t size() const { return static_cast<lowbit::index_t>(labels.size()); }
};

struct dataset {
  std::string name;
  std::vector<std::string> classes;
  samples train;
  samples test;
};

/// Fashion-MNIST, or another set of 28 x 28 images in files of its names and format: any number of images in
/// ten classes. Throws std::runtime_error with the file, the offset (in the uncompressed data), what was
/// expected there and what was found, when a file is missing, cut or not IDX.
dataset load_fashion_mnist(const std::string& directory);
