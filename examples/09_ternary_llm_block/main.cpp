// Blocks of a language model of the shapes of BitNet b1.58 2B4T, with random or loaded ternary weights: a prompt at once,
// then tokens one by one, on one thread. Prints what each costs beside what memory allows, and the error of 8-bit tokens.
// The exit code is 1 if the prompt has other bits than the same tokens one by one.
#include <cmath>
#include <cstdio>
#include <exception>
#include <lowbit/dispatch/build_info.hpp>
#include <lowbit/io.hpp>
#include <lowbit/network/repeat.hpp>
#include <lowbit/product/explain.hpp>

#include "block.hpp"
#include "json.hpp"
#include "measure.hpp"
#include "options.hpp"

namespace {

using lowbit::image_tensor;
using lowbit::index_t;
using model = lowbit::sequential<lowbit::repeat<block_layers>>;

struct settings {
  index_t blocks = 8, prompt = 64, tokens = 16, checked = 4;
  std::string load, save, json;
};

settings parsed(int argc, char** argv) {
  settings s;
  command_line line("llm_block",
                    "Runs transformer blocks with ternary weights, and measures them.");
  line.add("--blocks", "N", "blocks with weights of their own, 17 MB each (default: 8)", s.blocks,
           index_t{1}, index_t{1000});
  line.add("--prompt", "N", "tokens that are read at once (default: 64)", s.prompt, index_t{1},
           index_t{8192});
  line.add("--tokens", "N", "tokens that are made one by one behind it (default: 16)", s.tokens,
           index_t{1}, index_t{8192});
  line.add("--check", "N", "tokens that are compared with floats (default: 4)", s.checked,
           index_t{1}, index_t{8192});
  line.add("--load", "FILE", "weights that --save wrote (default: random)", s.load);
  line.add("--save", "FILE", "write the weights to FILE", s.save);
  line.add("--json", "FILE", "write the results to FILE as well", s.json);
  line.parse(argc, argv);
  return s;
}

model weights_of(const settings& s, const block_shape& shape) {
  if (!s.load.empty()) {
    auto loaded = lowbit::load<model>(lowbit::read_file(s.load.c_str()));
    if (!loaded) throw usage_error("--load: " + s.load + ": " + loaded.problem());
    return *loaded;
  }
  std::vector<block_layers> all;
  for (index_t b = 0; b < s.blocks; ++b) {
    all.push_back(random_block(shape, static_cast<std::uint64_t>(b) + 1));
    std::printf("\rweights of block %td of %td", b + 1, s.blocks);
    std::fflush(stdout);
  }
  std::printf("\n");
  return model(lowbit::repeat(std::move(all)));
}

image_tensor<float> random_tokens(index_t count, index_t size) {
  const lowbit::random_stream stream(7);
  image_tensor<float> x({count, 1, 1, size});
  for (index_t i = 0; i < count * size; ++i)
    x.mutable_pixels().data()[i] = stream.uniform(i) * 2 - 1;
  return x;
}
image_tensor<float> some_of(const image_tensor<float>& x, index_t first, index_t count) {
  const index_t size = x.shape().channels;
  image_tensor<float> y({count, 1, 1, size});
  for (index_t i = 0; i < count * size; ++i)
    y.mutable_pixels().data()[i] = x.pixels().data()[first * size + i];
  return y;
}

/// All blocks, with memory for so many tokens at once.
struct stack {
  stack(const block_shape& shape, const std::vector<block_layers>& layers, index_t tokens) {
    for (const block_layers& l : layers) blocks.emplace_back(shape, l, tokens);
  }
  void run(image_tensor<float>& x, std::vector<kv_cache>& caches) {
    for (std::size_t b = 0; b < blocks.size(); ++b) blocks[b](x, caches[b]);
  }
  std::vector<packed_block> blocks;
};

/// The root mean square of the differences, as a share of that of the numbers.
double relative_error(const std::vector<float>& wanted, const image_tensor<float>& found) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double w = static_cast<double>(wanted[i]),
                 f = static_cast<double>(found.pixels().data()[i]);
    difference += (w - f) * (w - f);
    size += w * w;
  }
  return std::sqrt(difference / size);
}

struct results {
  double read = 0, decode_seconds = 0, decode_linear_bytes = 0, prefill_seconds = 0, error = 0;
  index_t differing = 0;
};

results measure(const settings& s, const block_shape& shape,
                const std::vector<block_layers>& layers) {
  results r;
  const auto count = layers.size();
  r.decode_linear_bytes = static_cast<double>(count) * static_cast<double>(shape.weights()) / 4;
  r.read = read_rate(static_cast<std::size_t>(r.decode_linear_bytes));
  const image_tensor<float> all = random_tokens(s.prompt + s.tokens, shape.hidden);

  stack many(shape, layers, s.prompt), one(shape, layers, 1);
  std::vector<kv_cache> caches;
  image_tensor<float> prompt;
  r.prefill_seconds = 1e9;
  for (int run = 0; run < 3; ++run) {
    caches.assign(count, {});
    prompt = some_of(all, 0, s.prompt);
    r.prefill_seconds =
        std::min(r.prefill_seconds, seconds_of(1, [&] { many.run(prompt, caches); }));
  }
  r.decode_seconds = 1e9;
  for (index_t t = 0; t < s.tokens; ++t) {
    image_tensor<float> x = some_of(all, s.prompt + t, 1);
    r.decode_seconds = std::min(r.decode_seconds, seconds_of(1, [&] { one.run(x, caches); }));
  }

  // The same prompt, token by token.
  std::vector<kv_cache> again(count);
  for (index_t t = 0; t < s.prompt; ++t) {
    image_tensor<float> x = some_of(all, t, 1);
    one.run(x, again);
    for (index_t i = 0; i < shape.hidden; ++i)
      r.differing += x.pixels()(0, i) != prompt.pixels()(t, i) ? 1 : 0;
  }

  // One block against floats.
  const index_t checked = std::min(s.checked, s.prompt);
  image_tensor<float> x = some_of(all, 0, checked);
  std::vector<float> in_floats(x.pixels().data(), x.pixels().data() + checked * shape.hidden);
  const std::vector<float> before = in_floats;
  kv_cache of_bits, of_floats;
  packed_block(shape, layers[0], checked)(x, of_bits);
  float_block(shape, layers[0], in_floats, checked, of_floats);
  for (std::size_t i = 0; i < before.size(); ++i) {  // what the block adds
    in_floats[i] -= before[i];
    x.mutable_pixels().data()[i] -= before[i];
  }
  r.error = relative_error(in_floats, x);
  return r;
}

void print(const settings& s, const block_shape& shape, std::size_t blocks, const results& r) {
  const double weights = static_cast<double>(blocks) * static_cast<double>(shape.weights());
  const double rate = r.decode_linear_bytes / r.decode_seconds;
  std::printf("%zu blocks: %.1f M ternary weights, %.1f MB at 2 bits\n", blocks, weights / 1e6,
              r.decode_linear_bytes / 1e6);
  std::printf("reading as many bytes, nothing else   %8.2f ms  %6.1f GB/s\n",
              1e3 * r.decode_linear_bytes / r.read, r.read / 1e9);
  std::printf(
      "one token behind %4td                  %8.2f ms  %6.1f GB/s of weights, %.2f of reading\n",
      s.prompt, 1e3 * r.decode_seconds, rate / 1e9, rate / r.read);
  std::printf(
      "a prompt of %4td tokens               %8.2f ms  %6.1f G products/s, %.1f tokens/s through "
      "these blocks\n",
      s.prompt, 1e3 * r.prefill_seconds,
      weights * static_cast<double>(s.prompt) / r.prefill_seconds / 1e9,
      static_cast<double>(s.prompt) / r.prefill_seconds);
  std::printf("the prompt token by token: %td numbers differ\n", r.differing);
  std::printf("error of one block against floats: %.2f %% of what it adds\n\n", 100 * r.error);

  std::printf(
      "the whole model (30 blocks, 128256 words), one token, no context: what memory allows "
      "here\n");
  for (const double head_bits : {16.0, 6.5625, 4.5}) {
    const lowbit::decoder_shape whole{.blocks = 30,
                                      .hidden = shape.hidden,
                                      .intermediate = shape.intermediate,
                                      .heads = shape.heads,
                                      .kv_heads = shape.kv_heads,
                                      .head_size = shape.head_size,
                                      .vocabulary = 128256,
                                      .head_bits = head_bits};
    const lowbit::token_costs most = lowbit::token_bound(whole, {.bytes_per_second = r.read});
    std::printf("  head of %5.2f bits:", head_bits);
    for (const lowbit::token_part& p : most.parts)
      if (p.bytes > 0) std::printf("  %s %4.0f MB", p.name, p.bytes / 1e6);
    std::printf("  at most %5.1f tokens/s\n", most.tokens_per_second);
  }
}

int run(int argc, char** argv) {
  const settings s = parsed(argc, argv);
  const block_shape shape;
  std::printf("%s\nproducts: %s\n", lowbit::build_info().c_str(),
              lowbit::kernel_name<lowbit::signed_bits<8>, lowbit::ternary>().c_str());
  const model weights = weights_of(s, shape);
  const std::vector<block_layers>& layers = std::get<0>(weights.layers()).layers();
  if (!s.save.empty() && !lowbit::write_file(s.save.c_str(), lowbit::save(weights)))
    throw std::runtime_error("cannot write " + s.save);
  const results r = measure(s, shape, layers);
  print(s, shape, layers.size(), r);
  write_text(s.json, [&](std::ostream& out) {
    out << "{\"cpu\": " << quoted(processor()) << ", \"isa\": " << quoted(lowbit::active_isa())
        << ", \"blocks\": " << layers.size() << ", \"prompt\": " << s.prompt
        << ", \"read_bytes_per_second\": " << number(r.read)
        << ", \"token_seconds\": " << number(r.decode_seconds)
        << ", \"prompt_seconds\": " << number(r.prefill_seconds)
        << ", \"differing\": " << r.differing << ", \"error\": " << number(r.error) << "}\n";
  });
  return r.differing == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& e) {
  std::fprintf(stderr, "llm_block: %s\n", e.what());
  return 2;
}
