// lowbit/compress/width_search.hpp – the fewest bits of every layer at which the network, retrained, stays accurate.
//
//     compress::pipeline p;
//     p.add("search", compress::search_widths{.weights = compress::l2_step_widths(), .widths = {8, 4, 3, 2},
//                                             .error = validation_error, .most_error = 0.1, .epochs = 1})
//         .add("quantize", compress::quantize{compress::l2_step_widths(), 5});
//
// All layers begin at the widest width. Then one layer after the other gets fewer bits, step by step, while the others
// keep theirs; after each step the whole network is retrained. A step that leaves the error above `most_error` is undone,
// and the search goes on with the next layer. Layers with the most weights come first: there bits save the most, and
// later layers spend what is left of the accuracy.
//
//     epochs 0     Ristretto: the search looks at errors alone, and fine-tuning comes behind it (the next step)
//     epochs > 0   Anwar, Hwang, Sung: retraining after each layer, so that later layers see the errors of earlier ones
//
// Ristretto halves the bits at each step; widths are a list here. The result stands in model_layer::bits, which
// compress::quantize reads. Quantizers stay in the layers, with latent float weights.
//
// Measure `error` on images that neither train nor test the network.
//
// Sources: Gysel et al., "Hardware-oriented approximation of convolutional neural networks" (Ristretto),
// arXiv:1604.03168, section 3; Anwar, Hwang, Sung, ICASSP 2015, section 3.
#ifndef LOWBIT_COMPRESS_WIDTH_SEARCH_HPP
#define LOWBIT_COMPRESS_WIDTH_SEARCH_HPP

#include "lowbit/compress/pipeline.hpp"

LOWBIT_BEGIN
namespace compress {

/// One step of the search.
struct width_trial {
  std::string layer;  ///< empty: all layers, at the start
  int bits;
  double error;  ///< after retraining
  bool kept;     ///< false: undone
};

/// A search of widths; see the head of this file. Errors: shared weights; no width, or widths that do not fall; a width
/// that `weights` lacks; no function of errors; a start at the widest width that is above most_error. After that last
/// error the layers have no bits, and the weights are as they were.
struct search_widths {
  quantizer_by_width weights;
  std::vector<int> widths = {8, 4, 2};  ///< bits, falling
  std::function<double()> error = {};   ///< called with the network in evaluation
  double most_error = 0;                ///< what `error` may give
  index_t epochs = 1;                   ///< of each retraining
  float rate = 1e-4f;
  std::function<void(const width_trial&)> after = {};  ///< if given: called after every step

  void operator()(model& m) const {
    require_model(m);
    const network_state start(m);
    for (model_layer& l : m.layers()) set_width(l, widths.front());
    if (!try_here(m, "", widths.front())) {
      start.restore(m);
      detail::fail("compress::search_widths: at %d bits the error is above %g", widths.front(),
                   most_error);
    }
    for (const std::size_t i : by_size(m))
      for (std::size_t k = 1; k < widths.size(); ++k) {
        const network_state before(m);
        set_width(m.layers()[i], widths[k]);
        if (try_here(m, m.layers()[i].name, widths[k])) continue;
        before.restore(m);
        break;
      }
    m.network().set_training(false);
  }

 private:
  /// What a step of the search changes: layers and their widths, the numbers of other layers, their states.
  class network_state {
   public:
    explicit network_state(model& m) {
      for (const model_layer& l : m.layers()) {
        layers_.push_back(*l.layer);
        bits_.push_back(l.bits);
      }
      for (const nn::parameter* const p : m.network().parameters()) numbers_.push_back(p->value);
      m.network().write_state(state_);
    }
    void restore(model& m) const {
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        *m.layers()[i].layer = layers_[i];
        m.layers()[i].bits = bits_[i];
      }
      const std::vector<nn::parameter*> all = m.network().parameters();
      for (std::size_t i = 0; i < all.size(); ++i) all[i]->value = numbers_[i];
      std::span<const double> from = state_;
      m.network().read_state(from);
    }

   private:
    std::vector<nn::conv_layer> layers_;
    std::vector<int> bits_;
    std::vector<nn::float_matrix> numbers_;
    std::vector<double> state_;
  };

  void require_model(const model& m) const {
    detail::compress::require_not_shared(m, "compress::search_widths");
    if (widths.empty() ||
        std::adjacent_find(widths.begin(), widths.end(), std::less_equal<int>{}) != widths.end())
      detail::fail("compress::search_widths: %zu widths: there must be some, and they must fall",
                   widths.size());
    if (!error) detail::fail("compress::search_widths: there is no function of errors");
    for (const int bits : widths) static_cast<void>(weights.at(bits));
  }
  void set_width(model_layer& l, int bits) const {
    detail::compress::set_weight_quantizer(l, weights.at(bits));
    l.bits = bits;
  }
  /// Retrains and measures; whether the error is small enough.
  bool try_here(model& m, const std::string& layer, int bits) const {
    if (epochs > 0) m.train(epochs, rate);
    m.network().set_training(false);
    const double now = error();
    const bool kept = now <= most_error;
    if (after) after({layer, bits, now, kept});
    return kept;
  }
  [[nodiscard]] static std::vector<std::size_t> by_size(const model& m) {
    std::vector<std::size_t> order(m.layers().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return m.layers()[a].kept.size() > m.layers()[b].kept.size();
    });
    return order;
  }
};

}  // namespace compress
LOWBIT_END

#endif
