// Loads a saved network and classifies pictures: no training, no Eigen, no exceptions, no RTTI.
//
//   deploy_only cnn.lowbit picture.pgm ...        28x28 grey pictures, white on black
//
// The network is what examples/04_fashion_cnn saves (--save cnn.lowbit). Its shape is its type, which both
// programs name; weights, thresholds and sizes come from the file, and a file of another shape is refused.

#include <cstdio>
#include <lowbit/io.hpp>
#include <lowbit/network/layers/conv2d_layer.hpp>
#include <lowbit/network/layers/float_layers.hpp>
#include <lowbit/network/layers/pool_layers.hpp>

using lowbit::index_t;

// A real convolution, three Bi-Real blocks (the second halves the image), pool, signs x real rows.
using block = lowbit::layer::conv2d_batch_norm<lowbit::binary, lowbit::binary>;
using halving = lowbit::sequential<lowbit::layer::average_pool, lowbit::layer::float_conv2d>;
using cnn = lowbit::sequential<lowbit::layer::float_conv2d, lowbit::residual<block>,
                               lowbit::residual<block, halving>, lowbit::residual<block>,
                               lowbit::layer::max_pool<lowbit::packed_tensor<lowbit::binary>>,
                               lowbit::layer::float_linear>;

constexpr lowbit::tensor_shape one_image{1, 14, 14, 4};  // 28x28, folded: see read_picture()
constexpr const char* names[] = {"T-shirt", "trouser", "pullover", "dress", "coat",
                                 "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};

/// A binary PGM of 28x28: pixel (2 y + i, 2 x + j) becomes channel 2 i + j of pixel (y, x).
/// False, and said why, if it is none.
bool read_picture(const char* name, lowbit::image_tensor<float>& x) {
  std::FILE* const file = std::fopen(name, "rb");
  if (file == nullptr) return std::perror(name), false;
  int width = 0, height = 0, largest = 0;
  bool good = std::fscanf(file, "P5 %d %d %d", &width, &height, &largest) == 3 && width == 28 &&
              height == 28 && largest == 255 && std::fgetc(file) != EOF;
  for (int y = 0; y < 28 && good; ++y)
    for (int i = 0; i < 28 && good; ++i) {
      const int byte = std::fgetc(file);
      good = byte != EOF;
      x.mutable_view()(0, y / 2, i / 2, y % 2 * 2 + i % 2) = static_cast<float>(byte);
    }
  std::fclose(file);
  if (!good) std::printf("%s: not a 28x28 PGM\n", name);
  return good;
}

int main(int argc, char** argv) {
  if (argc < 3) return std::puts("usage: deploy_only NETWORK PICTURE.pgm ..."), 2;
  const auto net = lowbit::load<cnn>(lowbit::read_file(argv[1]));
  if (!net) return std::printf("%s: %s (byte %zu)\n", argv[1], net.problem(), net.place()), 2;

  lowbit::image_tensor<float> x(one_image);
  auto work = net->workspace(one_image);  // all memory; a picture allocates nothing more
  auto y = net->make_output(work);
  for (int i = 2; i < argc; ++i) {
    if (!read_picture(argv[i], x)) return 2;
    (*net)(x.view(), work, y);
    const float* const scores = y.pixels().data();
    index_t best = 0;
    for (index_t c = 1; c < 10; ++c) best = scores[c] > scores[best] ? c : best;
    std::printf("%s: %s (%.2f)\n", argv[i], names[best], static_cast<double>(scores[best]));
  }
}
