// lowbit/compress/pipeline.hpp – compression as a list of steps.
//
//     compress::pipeline deep_compression;
//     deep_compression.add("prune", compress::prune_gradually{{0.92, 0.91, 0.74}, 20, 1e-3f})
//         .add("share", compress::share{{5}})
//         .add("fine-tune", compress::retrain{5, 1e-4f});
//     const auto results = deep_compression.run(m, [&] { return test_error(net); });
//
// A step changes a model (compress/model.hpp). The steps of this header:
//
//     prune_once        magnitude pruning by a rule, per layer or over all layers together
//     prune_gradually   the same while the network trains, by a growing share
//     share             k-means per layer: 2^bits values
//     quantize          weights by a quantizer, trained through it; its levels become the shared values. All layers have
//                       the same one, or one of the width that a step before has chosen
//     retrain           training with what is pruned and shared: of centroids, where weights are shared
//
// Steps that choose widths are in compress/allocate.hpp and compress/width_search.hpp. Steps that quantize without labels
// are in compress/calibrate.hpp and compress/fine_grained.hpp. Pipelines of single papers are steps in headers of their
// own: sketch.hpp, clip_q.hpp, variational_quantization.hpp, two_step.hpp, ternary_student.hpp, three_of_four.hpp. Any
// function of a model is a step as well. At the end every layer is encoded (compress/encode_layer.hpp, coded_layer.hpp),
// and file_parts_of() says where the bytes of the file are (compress/file_parts.hpp).
//
// Numbers per layer are lists: one number serves all layers, else there is one each.
#ifndef LOWBIT_COMPRESS_PIPELINE_HPP
#define LOWBIT_COMPRESS_PIPELINE_HPP

#include "lowbit/compress/gradual_pruning.hpp"
#include "lowbit/compress/model.hpp"
#include "lowbit/compress/pruning.hpp"
#include "lowbit/compress/quantizer_by_width.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// Errors: neither one number nor one each.
template <class T>
[[nodiscard]] T of_layer(const std::vector<T>& numbers, std::size_t layer, std::size_t layers,
                         const char* who) {
  if (numbers.size() != 1 && numbers.size() != layers)
    fail("%s: %zu numbers for %zu layers: one for all, or one each", who, numbers.size(), layers);
  return numbers[numbers.size() == 1 ? 0 : layer];
}

/// Errors: shared weights, or codes per filter, of which none can be pruned any more.
inline void require_not_shared(const lowbit::compress::model& m, const char* who) {
  for (const auto& l : m.layers())
    if (l.shared)
      fail("%s: the weights of %s are shared: this step comes before", who, l.name.c_str());
    else if (l.coded)
      fail("%s: the weights of %s have codes: this step comes before", who, l.name.c_str());
}

/// Errors: a layer without a width, or with one that the quantizer does not have.
inline void require_widths(const lowbit::compress::model& m,
                           const lowbit::compress::quantizer_by_width& weights, const char* who) {
  for (const auto& l : m.layers()) {
    if (weights.varies() && l.bits == 0)
      fail("%s: %s has no width: a step that chooses widths comes before", who, l.name.c_str());
    static_cast<void>(weights.at(l.bits));
  }
}

/// Trains the weights through q, fitted to the layer. Its trained numbers start there, and move at the rate of the
/// weights.
inline void set_weight_quantizer(lowbit::compress::model_layer& l, const any_quantizer& q) {
  l.layer->set_weight_policy(q.fit_layer(l.weights()).fit(l.weights()),
                             l.layer->weight_policy_in_training().grain());
  for (lowbit::nn::parameter& number : l.layer->weight_numbers())
    number.rate *= l.layer->weights().rate;
}

}  // namespace detail::compress

namespace compress {

/// Prunes by a rule; `global`: with one threshold for all layers. Errors: shared weights; those of prune_threshold().
struct prune_once {
  prune_by by;
  bool global = false;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::prune_once");
    std::vector<std::span<const float>> all;
    for (model_layer& l : m.layers()) all.push_back(l.weights());
    const float of_all = global ? prune_threshold(all, by) : 0;
    for (model_layer& l : m.layers())
      prune(l.weights(), global ? of_all : prune_threshold(l.weights(), by), nn::elements(l.kept));
  }
};

/// Trains, and prunes a growing share of each layer until `until` of the training has passed (gradual_pruning). Errors:
/// shared weights; shares that are not in [0, 1]; less than one step between prunings.
struct prune_gradually {
  std::vector<double> pruned;  ///< the share in the end
  index_t epochs = 10;
  float rate = 1e-3f;
  double until = 0.5;
  index_t times = 50;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::prune_gradually");
    const auto steps =
        static_cast<index_t>(until * static_cast<double>(epochs * m.steps_per_epoch()));
    std::vector<gradual_pruning> plans;
    for (std::size_t i = 0; i < m.layers().size(); ++i) {
      const index_t n = (std::max)(index_t{1}, (std::min)(times, steps));
      const double last =
          detail::compress::of_layer(pruned, i, m.layers().size(), "compress::prune_gradually");
      plans.push_back(
          {1 - m.layers()[i].kept_share(), last, 0, (std::max)(index_t{1}, steps / n), n});
      plans.back().validate();
    }
    m.train(epochs, rate, [&](index_t step) {
      for (std::size_t i = 0; i < plans.size(); ++i) {
        if (!plans[i].due(step)) continue;
        model_layer& l = m.layers()[i];
        const auto by = prune_by::share(plans[i].share(step));
        prune(l.weights(), prune_threshold(l.weights(), by), nn::elements(l.kept));
      }
    });
  }
};

/// Shares the kept weights of each layer by k-means (compress/sharing.hpp). Errors: bits are not 1 ... 8.
struct share {
  std::vector<int> bits;
  centroid_start start = centroid_start::linear;

  void operator()(model& m) const {
    for (std::size_t i = 0; i < m.layers().size(); ++i) {
      model_layer& l = m.layers()[i];
      const int width = detail::compress::of_layer(bits, i, m.layers().size(), "compress::share");
      l.shared = share_weights(l.weights(), l.marks(), {.bits = width, .start = start, .seed = i});
      l.shared->write(l.weights());
    }
  }
};

/// Trains with what is pruned and shared (model::train()).
struct retrain {
  index_t epochs = 5;
  float rate = 1e-4f;

  void operator()(model& m) const { m.train(epochs, rate); }
};

/// Trains through a quantizer of weights, then takes its levels as shared values: weights of INQ, TWN, TTQ, LSQ and
/// others. Pruned weights stay 0, so the quantizer needs the level 0 where weights are pruned. Quantizers are fitted per
/// layer, before training too: trained numbers start where they suit the weights, and move at
/// the rate of the weights. Without epochs weights are quantized and nothing is trained. Errors: shared weights; no width
/// of a layer where the quantizer depends on it; more than 255 values besides 0; a pruned weight that is not 0 then.
struct quantize {
  quantizer_by_width weights;  ///< a quantizer, or one of each layer's own width
  index_t epochs = 5;
  float rate = 1e-3f;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::quantize");
    detail::compress::require_widths(m, weights, "compress::quantize");
    for (model_layer& l : m.layers()) detail::compress::set_weight_quantizer(l, weights.at(l.bits));
    m.train(epochs, rate);
    for (model_layer& l : m.layers()) {
      nn::float_matrix levels;
      nn::straight_through evaluated = l.layer->weight_quantizer();
      evaluated.forward(l.layer->weights().value, levels);
      l.shared = values_of(nn::elements(levels), l);
      l.layer->set_weight_policy(nn::real{}, evaluated.grain());
      l.layer->weights().value = levels;
    }
  }

 private:
  /// A code for every value: 0 for 0, then in ascending order.
  static shared_weights values_of(std::span<const float> w, const model_layer& l) {
    std::vector<float> values(w.begin(), w.end());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    values.erase(std::remove(values.begin(), values.end(), 0.0f), values.end());
    if (values.size() > 255)
      detail::fail("compress::quantize: the weights of %s have %zu values: there may be 255",
                   l.name.c_str(), values.size());
    shared_weights out;
    for (std::size_t i = 0; i < w.size(); ++i) {
      if (nn::elements(l.kept)[i] == 0 && w[i] != 0)
        detail::fail("compress::quantize: weight %zu of %s is pruned and would become %g", i,
                     l.name.c_str(), static_cast<double>(w[i]));
      const auto at = std::lower_bound(values.begin(), values.end(), w[i]) - values.begin();
      out.codes.push_back(w[i] == 0 ? code_t{0} : static_cast<code_t>(at + 1));
    }
    std::size_t size = 2;
    while (size < values.size() + 1) size *= 2;
    out.codebook.assign(size, 0);
    std::copy(values.begin(), values.end(), out.codebook.begin() + 1);
    return out;
  }
};

/// What a step left behind.
struct step_result {
  std::string name;
  double error = 0;    ///< of what the caller measures
  double kept = 1;     ///< the share of weights that are not pruned
  double seconds = 0;  ///< of the step
};

/// Steps in order.
class pipeline {
 public:
  using step = std::function<void(model&)>;

  /// Adds a step; returns *this.
  pipeline& add(std::string name, step run) {
    steps_.push_back({std::move(name), std::move(run)});
    return *this;
  }
  /// Runs all steps. `error`, if given, is called before the first step and after each one, with the network in
  /// evaluation. Returns a result for the start and for each step. Errors: those of the steps, which leave the model as
  /// the last whole step left it, but for weights that a training has moved.
  std::vector<step_result> run(model& m, const std::function<double()>& error = {}) const {
    std::vector<step_result> results;
    const auto note = [&](const std::string& name, double seconds) {
      m.network().set_training(false);
      results.push_back({name, error ? error() : 0, m.kept_share(), seconds});
    };
    note("start", 0);
    for (const auto& [name, run] : steps_) {
      const auto start = std::chrono::steady_clock::now();
      run(m);
      note(name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return results;
  }

 private:
  std::vector<std::pair<std::string, step>> steps_;
};

}  // namespace compress
LOWBIT_END

#endif
