#include "training.hpp"

#include <future>
#include <lowbit/nn/fit.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <numeric>

#include "progress.hpp"

namespace nn = lowbit::nn;
using lowbit::index_t;

batch batch_from(const arranged_images& images, index_t first) {
  const index_t count = std::min(batch_size, images.size() - first);
  std::vector<index_t> which(static_cast<std::size_t>(count));
  std::iota(which.begin(), which.end(), first);
  nn::image_batch picked = nn::pick(images.set(), which);
  return {images.bytes(first, count), std::move(picked.x), std::move(picked.labels)};
}

double train_both(nn::trainable& net, float rate, nn::trainable& twin, float twin_rate,
                  const arranged_images& images, index_t epochs, std::uint64_t seed) {
  const index_t size = std::min(batch_size, images.size());
  progress shown(2, epochs, images.size() / size * size);
  const auto train = [&](nn::trainable& which, float from, std::size_t line) {
    nn::adam optimizer(which.parameters());
    nn::fit(which, optimizer, images.set(),
            {.epochs = epochs,
             .batch = size,
             .rate = nn::cosine_lr{from, static_cast<double>(epochs)},
             .seed = seed,
             .after_step = [&](nn::training_position) { shown.advance(line, size); }});
  };
  auto other = std::async(std::launch::async, [&] { train(twin, twin_rate, 1); });
  train(net, rate, 0);
  other.get();
  return shown.finish();
}
