#include "any_quantizer.hpp"

#include <algorithm>
#include <lowbit/quantize/any_catalogue.hpp>

namespace {

/// Short names of the quantizers for a use, each once.
std::string names(lowbit::quantizer_use use) {
  std::vector<std::string> all;
  for (const lowbit::named_quantizer& q : lowbit::all_quantizers())
    if ((q.uses & use) != 0 && std::find(all.begin(), all.end(), q.short_name) == all.end())
      all.emplace_back(q.short_name);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += (i == 0 ? "" : i % 6 == 0 ? ",\n                   " : ", ") + all[i];
  return text;
}

}  // namespace

void fashion_any::add_options(command_line& line) {
  fashion_bnn::add_options(line);
  static const std::string of_weights =
      "quantizer of all weights but the last layer's (default: sign):\n                   " +
      names(lowbit::for_weights);
  static const std::string of_inputs =
      "quantizer of what hidden layers read (default: sign):\n                   " +
      names(lowbit::for_activations);
  line.add("--weights", "Q", of_weights.c_str(), weights);
  line.add("--inputs", "Q", of_inputs.c_str(), inputs);
}

lowbit::any_quantizer fashion_any::weight_quantizer() const {
  return lowbit::quantizer_named(weights, lowbit::for_weights);
}
lowbit::any_quantizer fashion_any::input_quantizer() const {
  return lowbit::quantizer_named(inputs, lowbit::for_activations);
}

std::vector<std::string> fashion_any::kernels() const {
  const auto text = [](const char* where, const lowbit::code_format& a,
                       const lowbit::code_format& w) {
    return std::string(where) + ": " + a.name + '<' + std::to_string(a.plane_count) + "> x " +
           w.name + '<' + std::to_string(w.plane_count) + '>';
  };
  const auto w = weight_quantizer().format(), a = input_quantizer().format();
  return {text("first", lowbit::format_of<lowbit::unsigned_bits<8>>(), w), text("hidden", a, w),
          text("classes", a, lowbit::format_of<lowbit::jacob_weight<8>::encoding>())};
}
