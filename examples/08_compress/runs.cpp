#include "runs.hpp"

#include <cctype>
#include <lowbit/nn/losses/distillation.hpp>

namespace nn = lowbit::nn;
namespace compress = lowbit::compress;
using lowbit::index_t;

namespace {

constexpr double temperature = 3;

/// A share of soft targets, the teacher's, and labels for the rest.
nn::loss_function soft_loss(nn::trainable& teacher, double share) {
  return [&teacher, share](const nn::batch_result& r) {
    const nn::loss_and_gradient hard = nn::softmax_cross_entropy(r.logits, r.labels),
                                soft = nn::distillation(teacher.forward(r.x).pixels(), r.logits,
                                                        temperature);
    return nn::loss_and_gradient{
        share * soft.loss + (1 - share) * hard.loss,
        static_cast<float>(share) * soft.gradient + static_cast<float>(1 - share) * hard.gradient};
  };
}

std::string file_name(const std::string& words) {
  std::string name;
  for (const char c : words) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  return name;
}

}  // namespace

nn::fit_options options_of(const network_plan& plan, index_t epochs, std::uint64_t seed,
                           float rate) {
  return {.epochs = epochs,
          .batch = plan.batch,
          .rate = nn::cosine_lr{rate, static_cast<double>(epochs)},
          .seed = seed,
          .moves = plan.moves};
}

plain_network train_float(const network_plan& plan, const data_of& data, index_t epochs,
                          std::uint64_t seed) {
  normed_network net = make_network(plan, data.train.shape().channels, seed);
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, data.train.set(), options_of(plan, epochs, seed, 2e-3f));
  return plain(net);
}

double error_of(nn::trainable& net, const data_of& data) {
  return 1 - nn::evaluate(net, data.test.set()).accuracy;
}

std::vector<packed_result> compressed(const pipeline_plan& plan, plain_network start,
                                      const data_of& data, std::uint64_t seed,
                                      const std::string& directory) {
  const auto begin = std::chrono::steady_clock::now();
  const nn::image_set images = data.train.set();
  plain_network teacher = start;
  teacher.set_training(false);
  nn::fit_options training{.batch = plan.network->batch, .seed = seed + 100, .moves = plan.network->moves};
  if (plan.soft_targets > 0) training.loss = soft_loss(teacher, plan.soft_targets);
  compress::model model(start, layers_of(start, *plan.network), images, std::move(training));
  const auto steps = plan.steps.run(model, [&] { return error_of(start, data); });
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  std::vector<packed_result> results;
  for (const file_plan& file : plan.files) {
    results.push_back(
        file.make(model, {data.test, directory,
                          file_name(plan.name + file.coding + "-" + plan.network->name + "-" +
                                    std::to_string(seed))}));
    packed_result& r = results.back();
    r.float_bytes = float_bytes(teacher);
    r.steps = steps;
    r.seconds = passed.count();
  }
  return results;
}
