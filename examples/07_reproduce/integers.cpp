#include "integers.hpp"

#include <algorithm>
#include <ctime>
#include <lowbit/nn/image_set.hpp>
#include <lowbit/nn/integer/wage_network.hpp>

namespace nn = lowbit::nn;
using lowbit::code_t;
using lowbit::index_t;

namespace {

constexpr index_t epochs = 14, batch = 32;

nn::wage_network make_network(const samples& s, std::uint64_t seed) {
  return {{s.width * s.height, 200, 100, 50, 10}, seed};
}

/// The first `to` steps of an epoch.
void train(nn::wage_network& net, const samples& s, std::uint64_t seed, index_t epoch, index_t to,
           const auto& where) {
  const auto order =
      nn::shuffled(s.size(), lowbit::random_stream(seed, 1000 + static_cast<std::uint64_t>(epoch)));
  // The largest changes are halved after 5, 9 and 12 epochs, by 4 in the end.
  const int rate = -2 - (epoch >= 5 ? 1 : 0) - (epoch >= 9 ? 1 : 0) - (epoch >= 12 ? 2 : 0);
  lowbit::matrix<code_t> images(batch, s.width * s.height);
  std::vector<code_t> labels(static_cast<std::size_t>(batch));
  for (index_t step = 0; step < to; ++step) {
    for (index_t i = 0; i < batch; ++i) {
      const index_t image = order[static_cast<std::size_t>(step * batch + i)];
      std::copy_n(s.images().row(image).begin(), images.cols(), images.row(i).begin());
      labels[static_cast<std::size_t>(i)] = s.labels[static_cast<std::size_t>(image)];
    }
    net.train_step(images.view(), labels, rate, where);
  }
}

}  // namespace

integer_result train_with_integers(const dataset& data, std::uint64_t seed) {
  integer_result made;
  const std::clock_t start = std::clock();
  const index_t steps = data.train.size() / batch;
  nn::wage_network net = make_network(data.train, seed);
  for (index_t epoch = 0; epoch < epochs; ++epoch)
    train(net, data.train, seed, epoch, steps, lowbit::serial_executor{});
  const auto answers = net.answers(data.test.images());
  index_t right = 0;
  for (std::size_t i = 0; i < answers.size(); ++i)
    right += answers[i] == data.test.labels[i] ? 1 : 0;
  made.accuracy = static_cast<double>(right) / static_cast<double>(answers.size());
  made.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  lowbit::for_each_isa([&](lowbit::any_isa isa) {
    nn::wage_network again = make_network(data.train, seed);
    train(again, data.train, seed, 0, std::min(index_t{1000}, steps), lowbit::on(isa));
    made.hashes.emplace_back(isa.name, again.hash());
  });
  return made;
}
