// Images with labels: Fashion-MNIST from its IDX files, or the digits that ship with the examples.
#pragma once

#include <cstdint>
#include <lowbit/core/matrix_view.hpp>
#include <string>
#include <vector>

/// Images of one size, one after another, and what they show.
struct samples {
  lowbit::index_t width = 0;
  lowbit::index_t height = 0;
  std::vector<std::uint8_t> pixels;  ///< size() x height x width, 0 is black
  std::vector<std::uint8_t> labels;  ///< size() of them, each below the number of classes

  lowbit::index_t size() const { return static_cast<lowbit::index_t>(labels.size()); }
  /// One image per row.
  lowbit::matrix_view<const std::uint8_t> images() const {
    return {pixels.data(), size(), width * height};
  }
  /// One image, one line of pixels per row.
  lowbit::matrix_view<const std::uint8_t> image(lowbit::index_t i) const {
    return {pixels.data() + i * width * height, height, width};
  }
};

struct dataset {
  std::string name;
  std::vector<std::string> classes;
  samples train;
  samples test;
};

/// Fashion-MNIST, or another set of 28 x 28 images in files of its names and format: any number of images in
/// ten classes. Throws std::runtime_error when a file is missing, cut or not IDX. The text has the file, the offset (in
/// the uncompressed data), what was expected there and what was found.
dataset load_fashion_mnist(const std::string& directory);

/// The 1,797 digits of data/digits.csv.gz: the first 1,437 to train, the other 360 to test. Throws as
/// above.
dataset load_digits();

/// Fashion-MNIST of `directory`. With an empty name: of the place where Debian's package puts the files. If they are
/// not there and digits will do, it prints that and takes the digits. "digits" is their name.
dataset load_data(const std::string& directory, bool digits_will_do);

/// The first n images, or all where there are fewer.
samples first_of(samples s, lowbit::index_t n);
