// lowbit/nn/checkpoint.hpp – training that stops and goes on, as if it had never stopped.
//
//     nn::training_position at{.seed = 1};
//     if (resume) at = nn::load_checkpoint("run.ckpt", net, optimizer);
//     for (; at.epoch < epochs; ++at.epoch, at.step = 0)
//       for (; at.step < steps; ++at.step) {
//         ... one step: batch, shuffling, rate and progress depend on `at` alone ...
//         if (time_to_save) nn::save_checkpoint("run.ckpt", net, optimizer, {at.epoch, at.step + 1, at.seed});
//       }
//
// A checkpoint holds the values of all parameters, the optimizer's moments, and where training stands. It also holds
// the state of layers (nn/state.hpp: running averages, positions in random streams). The program makes network and
// optimizer with the same options as before, then loads. If batches and rates follow from position and seed
// (core/random.hpp), the resumed run has the bits of one that never stopped. That holds on the same ISA with the same
// program. The number of threads may be another one (nn/products.hpp).
//
// The file has the header and the checksums of io/container.hpp, so any damage is noticed before anything is read. It
// is written beside the old file, which it replaces when it is complete.
#ifndef LOWBIT_NN_CHECKPOINT_HPP
#define LOWBIT_NN_CHECKPOINT_HPP

#include <array>
#include <cstring>
#include <string>

#include "lowbit/io/file.hpp"
#include "lowbit/io/reader.hpp"
#include "lowbit/io/writer.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/optimizers/optimizer.hpp"
#include "lowbit/nn/training_position.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// The version of what follows the container's header.
inline constexpr index_t checkpoint_version = 1;

/// What a checkpoint holds; the numbers of network and optimizer by reference.
struct checkpoint_fields {
  lowbit::nn::training_position at;
  std::int64_t optimizer_steps = 0;
  std::vector<std::span<float>> numbers;  ///< values of parameters, then moments
  std::vector<double> state;

  checkpoint_fields(lowbit::nn::trainable& net, lowbit::nn::optimizer& optimizer)
      : optimizer_steps(optimizer.steps()) {
    for (lowbit::nn::parameter* const p : net.parameters())
      numbers.push_back(lowbit::nn::elements(p->value));
    for (lowbit::nn::float_matrix* const m : optimizer.moments())
      numbers.push_back(lowbit::nn::elements(*m));
    net.write_state(state);
  }
  [[nodiscard]] std::array<std::int64_t*, 4> counters() noexcept {
    return {&at.epoch, &at.step, &at.seed, &optimizer_steps};
  }
};

/// The file's fields, of which none is stored in network or optimizer yet. Errors: damaged bytes; another version;
/// numbers of another network or optimizer.
inline std::vector<std::vector<float>> read_checkpoint(std::span<const std::byte> file,
                                                       checkpoint_fields& into) {
  io::reader from(file);
  const auto go_on_if = [&](bool same, const char* what) {
    if (from.problem() != nullptr)
      fail("nn::load_checkpoint: %s, at byte %zu", from.problem(), from.place());
    if (!same) fail("nn::load_checkpoint: %s", what);
  };
  from.record("ckpt");
  index_t version = checkpoint_version, count = 0;
  from(version);
  go_on_if(true, "");
  if (version != checkpoint_version)
    fail("nn::load_checkpoint: a checkpoint of version %td: this library reads version %td",
         version, checkpoint_version);
  for (std::int64_t* const n : into.counters()) *n = static_cast<std::int64_t>(from.next_word());
  from(count);
  go_on_if(
      count == static_cast<index_t>(into.numbers.size()),
      "it holds another number of parameters and moments than this network and optimizer have");
  std::vector<std::vector<float>> numbers(into.numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    from(numbers[i]);
    if (from.problem() == nullptr && numbers[i].size() != into.numbers[i].size())
      fail(
          "nn::load_checkpoint: matrix %zu of parameters and moments has %zu numbers in the file "
          "and "
          "%zu here: the network or the optimizer is another one",
          i, numbers[i].size(), into.numbers[i].size());
  }
  const index_t states = from.count(8);
  go_on_if(static_cast<std::size_t>(states) == into.state.size(),
           "it holds the state of another network");
  for (double& x : into.state) x = std::bit_cast<double>(from.next_word());
  from.require_end();
  go_on_if(true, "");
  return numbers;
}

}  // namespace detail::nn

namespace nn {

/// The bytes of a checkpoint.
[[nodiscard]] inline std::vector<std::byte> checkpoint(trainable& net, optimizer& optimizer,
                                                       training_position at) {
  detail::nn::checkpoint_fields fields(net, optimizer);
  fields.at = at;
  detail::io::writer to;
  to.record("ckpt");
  to(detail::nn::checkpoint_version);
  for (const std::int64_t* const n : fields.counters()) to.next_word(static_cast<word>(*n));
  to(static_cast<index_t>(fields.numbers.size()));
  for (const std::span<float> numbers : fields.numbers)
    to(std::vector<float>(numbers.begin(), numbers.end()));
  to(static_cast<index_t>(fields.state.size()));
  for (const double x : fields.state) to.next_word(std::bit_cast<word>(x));
  return to.complete();
}

/// Restores network and optimizer from the bytes of a checkpoint; returns where training stood. Errors: damaged bytes;
/// another version; a checkpoint of another network or optimizer. Nothing is changed then.
[[nodiscard]] inline training_position restore(std::span<const std::byte> file, trainable& net,
                                               optimizer& optimizer) {
  detail::nn::checkpoint_fields fields(net, optimizer);
  const std::vector<double> before = fields.state;
  const auto numbers = detail::nn::read_checkpoint(file, fields);
  const auto take = [&](std::span<const double> state) { net.read_state(state); };
#if LOWBIT_HAS_EXCEPTIONS
  try {
    take(fields.state);
  } catch (...) {
    take(before);
    throw;
  }
#else
  take(fields.state);
#endif
  for (std::size_t i = 0; i < numbers.size(); ++i)
    std::copy(numbers[i].begin(), numbers[i].end(), fields.numbers[i].begin());
  optimizer.set_steps(fields.optimizer_steps);
  return fields.at;
}

/// Writes a checkpoint to a file, which keeps its old content until the new one is complete. Errors: the file cannot be
/// written.
inline void save_checkpoint(const std::string& path, trainable& net, optimizer& optimizer,
                            training_position at) {
  if (!replace_file(path.c_str(), checkpoint(net, optimizer, at)))
    detail::fail("nn::save_checkpoint: cannot write \"%s\": %s", path.c_str(),
                 std::strerror(errno));
}

/// Restores network and optimizer from a file; returns where training stood. Errors: the file cannot be read; those of
/// restore(). Nothing is changed then.
[[nodiscard]] inline training_position load_checkpoint(const std::string& path, trainable& net,
                                                       optimizer& optimizer) {
  const file_bytes file = read_file(path.c_str());
  if (file.problem() != nullptr)
    detail::fail("nn::load_checkpoint: \"%s\": %s", path.c_str(), file.problem());
  return restore(file, net, optimizer);
}

}  // namespace nn
LOWBIT_END

#endif
