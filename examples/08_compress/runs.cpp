#include "runs.hpp"

#include <cctype>
#include <lowbit/nn/losses/distillation.hpp>
#include <lowbit/nn/recorded_teacher.hpp>
#include <optional>

namespace nn = lowbit::nn;
namespace compress = lowbit::compress;
using lowbit::index_t;

namespace {

/// A share of the loss is for the teacher's logits, the rest for labels.
nn::loss_function soft_loss(const nn::recorded_teacher& teacher, const teacher_plan& plan) {
  const double of_teacher = plan.share, of_labels = 1 - plan.share, temperature = plan.temperature;
  return [=, &teacher](const nn::batch_result& r) {
    const nn::float_matrix wanted = teacher.logits(r.images);
    const nn::loss_and_gradient soft = nn::distillation(wanted, r.logits, temperature),
                                hard = nn::softmax_cross_entropy(r.logits, r.labels);
    return nn::loss_and_gradient{of_teacher * soft.loss + of_labels * hard.loss,
                                 static_cast<float>(of_teacher) * soft.gradient +
                                     static_cast<float>(of_labels) * hard.gradient};
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

std::vector<packed_result> compressed(const pipeline_plan& plan, trained_network start,
                                      std::unique_ptr<trained_network> teacher, std::uint64_t seed,
                                      const std::string& directory) {
  const auto begin = std::chrono::steady_clock::now();
  const nn::image_set images = start.data.train.set();
  std::optional<nn::recorded_teacher> logits;
  nn::fit_options training{
      .batch = plan.network->batch, .seed = seed + 100, .moves = plan.network->moves};
  if (teacher) {
    logits.emplace(teacher->net, teacher->data.train.set());
    training.loss = soft_loss(*logits, plan.teacher);
  }
  const index_t bytes_of_floats = float_bytes(start.net);
  compress::model model(start.net, layers_of(start.net, *plan.network), images,
                        std::move(training));
  const auto steps = plan.steps.run(model, [&] { return error_of(start.net, start.data); });
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  std::vector<packed_result> results;
  for (const file_plan& file : plan.files) {
    results.push_back(
        file.make(model, {start.data.test, directory,
                          file_name(plan.name + file.coding + "-" + plan.network->name + "-" +
                                    std::to_string(seed))}));
    packed_result& r = results.back();
    r.float_bytes = bytes_of_floats;
    r.steps = steps;
    r.seconds = passed.count();
  }
  return results;
}
