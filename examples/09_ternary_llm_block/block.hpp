// A transformer block of BitNet b1.58: ternary linear layers, and the floats between them.
//
//     x += out(norm(attention(qkv(norm(x)))))          grouped queries, rotary positions, causal
//     x += down(norm(relu(gate)^2 * up))               gate and up of norm(x)
//
// Linear layers that read the same tokens are one matrix: the codes of a token are made once. Keys and values of earlier
// tokens stay in a cache of floats. Tokens do not depend on how many are given at once.
#pragma once

#include <lowbit/llm.hpp>
#include <vector>

/// Sizes; those of BitNet b1.58 2B4T are the default.
struct block_shape {
  lowbit::index_t hidden = 2560, intermediate = 6912;
  lowbit::index_t heads = 20, kv_heads = 5, head_size = 128;

  lowbit::index_t queries() const { return heads * head_size; }
  lowbit::index_t keys() const { return kv_heads * head_size; }
  /// Of the four matrices.
  lowbit::index_t weights() const {
    return hidden * (2 * queries() + 2 * keys()) + 3 * hidden * intermediate;
  }
};

using norm_layer = lowbit::layer::rms_norm;
using linear_layer = lowbit::layer::bit_linear<>;
/// The layers of a block in their order: norm, qkv, norm, out, norm, gate and up, norm, down.
using block_layers = lowbit::sequential<norm_layer, linear_layer, norm_layer, linear_layer,
                                        norm_layer, linear_layer, norm_layer, linear_layer>;

/// Random weights, as a trained model has them: ternary, a scale per matrix.
block_layers random_block(const block_shape& shape, std::uint64_t seed);

/// What the blocks of a model computed for earlier tokens.
struct kv_cache {
  std::vector<float> keys, values;  ///< token after token
  lowbit::index_t tokens = 0;
};

/// Attention of `count` new tokens, whose queries, keys and values stand side by side in `qkv`, behind those in the cache.
/// Appends their keys and values to the cache; y: count x queries.
void attend(const block_shape& shape, const float* qkv, lowbit::index_t count, kv_cache& cache,
            float* y);
/// y = relu(gate)^2 * up, where both stand side by side.
void gate_up(const block_shape& shape, const float* both, lowbit::index_t count, float* y);

/// A block with the memory for so many tokens at once.
class packed_block {
 public:
  packed_block(const block_shape& shape, const block_layers& layers, lowbit::index_t tokens);

  /// x becomes the block of x: tokens x hidden.
  void operator()(lowbit::image_tensor<float>& x, kv_cache& cache);

 private:
  template <std::size_t At>
  void run(const lowbit::image_tensor<float>& x, lowbit::image_tensor<float>& y);

  const block_shape shape_;
  const block_layers& layers_;
  lowbit::index_t tokens_;
  lowbit::image_tensor<float> normed_, qkv_, mixed_, inner_, both_, gated_, gated_norm_;
  std::vector<norm_layer::workspace_type> of_norms_;
  std::vector<linear_layer::workspace_type> of_linears_;
};

/// The same block in floats: weights are the floats that the codes stand for, and tokens are not quantized. In plain
/// loops.
void float_block(const block_shape& shape, const block_layers& layers, std::vector<float>& x,
                 lowbit::index_t tokens, kv_cache& cache);
