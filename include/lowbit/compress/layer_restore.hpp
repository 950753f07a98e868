// lowbit/compress/layer_restore.hpp – a layer that is changed for a while, and the weights that a quantizer makes.
//
//     {
//       const compress::layer_restore restore(l);
//       compress::quantize_weights(l, l2_step<4>{});
//       ...                                                measure
//     }                                                    the layer is as it was
#ifndef LOWBIT_COMPRESS_LAYER_RESTORE_HPP
#define LOWBIT_COMPRESS_LAYER_RESTORE_HPP

#include "lowbit/compress/model.hpp"

LOWBIT_BEGIN
namespace compress {

/// Keeps a copy of a layer, its policies among it, and gives it back at the end of the scope. An optimizer that knows
/// numbers of the layer's policies must be made anew. Layer and model outlive it.
class layer_restore {
 public:
  explicit layer_restore(const model_layer& l) : layer_(l.layer), before_(*l.layer) {}
  layer_restore(const layer_restore&) = delete;
  layer_restore& operator=(const layer_restore&) = delete;
  ~layer_restore() { *layer_ = std::move(before_); }

 private:
  nn::conv_layer* layer_;
  nn::conv_layer before_;
};

/// Replaces the weights by the levels of a quantizer that is fitted to them; pruned weights stay 0. Nothing is trained.
/// Errors, before anything is written: those of the fit.
inline void quantize_weights(model_layer& l, const any_quantizer& q) {
  const std::span<float> w = l.weights();
  const any_quantizer fitted = q.fit_layer(w).fit(w).deterministic();
  fitted.forward(w, w);
  for (std::size_t i = 0; i < w.size(); ++i)
    if (nn::elements(l.kept)[i] == 0) w[i] = 0;
}

}  // namespace compress
LOWBIT_END

#endif
