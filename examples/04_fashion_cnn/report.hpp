// What the program prints and writes: two tables and a JSON file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <lowbit/nn/deployment/trace.hpp>
#include <ostream>
#include <string>
#include <vector>

/// One layer of both networks.
struct layer_times {
  std::string name;
  double seconds_float = 0, seconds_packed = 0;  // an image
  lowbit::index_t bytes_float = 0, bytes_packed = 0;
};

/// Everything that was measured.
struct results {
  lowbit::index_t test_images = 0;
  double accuracy_float_twin = 0, accuracy_bnn = 0, accuracy_packed = 0;
  lowbit::nn::comparison agreement;
  bool loaded_identical = false;
  lowbit::index_t bytes_float = 0, bytes_packed = 0;
  double seconds_per_image_float = 0, seconds_per_image_packed = 0;
  std::vector<layer_times> layers;
  std::string isa, build;
  std::uint64_t packed_digest = 0;
  std::uint64_t seed = 0;
  int epochs = 0;
  long train_images = 0;
  double train_seconds = 0;

  bool identical() const { return agreement.identical() && loaded_identical; }
};

/// FNV-1a over logits (4 bytes each), least significant byte first: one number that must not depend on the
/// ISA.
inline std::uint64_t digest(const std::vector<float>& logits) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const float logit : logits)
    for (int i = 0; i < 4; ++i)
      hash = (hash ^ (std::bit_cast<std::uint32_t>(logit) >> 8 * i & 0xff)) * 0x100000001b3u;
  return hash;
}

inline void print_table(const results& r) {
  const auto kilobytes = [](lowbit::index_t bytes) { return static_cast<double>(bytes) / 1000; };
  const auto& a = r.agreement;
  std::printf("\n                      float twin   BNN in float    BNN on bits    twin / bits\n");
  std::printf("  test accuracy       %8.2f %%     %8.2f %%     %8.2f %%\n",
              100 * r.accuracy_float_twin, 100 * r.accuracy_bnn, 100 * r.accuracy_packed);
  std::printf("  model size          %8.1f kB                   %8.1f kB       %8.1f\n",
              kilobytes(r.bytes_float), kilobytes(r.bytes_packed),
              static_cast<double>(r.bytes_float) / static_cast<double>(r.bytes_packed));
  std::printf("  time per image      %8.2f us                   %8.2f us       %8.1f\n",
              1e6 * r.seconds_per_image_float, 1e6 * r.seconds_per_image_packed,
              r.seconds_per_image_float / r.seconds_per_image_packed);
  std::printf("  BNN in float = BNN on bits: %s\n",
              a.identical() ? "every bit is identical" : "THEY DIFFER");
  std::printf("    codes       %10td compared, %td differ\n", a.hidden_codes, a.different_codes);
  std::printf("    logits      %10td compared, %td differ\n", a.logits, a.different_logits);
  std::printf("    predictions %10td compared, %td differ\n", a.predictions,
              a.different_predictions);
  std::printf("  saved and loaded again: %s\n",
              r.loaded_identical ? "the same output" : "ANOTHER OUTPUT");
  std::printf("  One thread, packing included. ISA %s.\n", r.isa.c_str());

  std::printf(
      "\n  layer                     twin us   bits us   bits of twin   twin kB   file kB\n");
  for (const layer_times& l : r.layers)
    std::printf("  %-24s %8.2f  %8.2f       %7.1f %%  %8.1f  %8.2f\n", l.name.c_str(),
                1e6 * l.seconds_float, 1e6 * l.seconds_packed,
                100 * l.seconds_packed / l.seconds_float, kilobytes(l.bytes_float),
                kilobytes(l.bytes_packed));
}

inline std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

inline void write_json(const results& r, std::ostream& out) {
  out.precision(9);
  out << "{\n"
      << "  \"test_images\": " << r.test_images << ",\n"
      << "  \"accuracy_float_twin\": " << r.accuracy_float_twin << ",\n"
      << "  \"accuracy_bnn\": " << r.accuracy_bnn << ",\n"
      << "  \"accuracy_packed\": " << r.accuracy_packed << ",\n"
      << "  \"identical\": " << (r.agreement.identical() ? "true" : "false") << ",\n"
      << "  \"loaded_identical\": " << (r.loaded_identical ? "true" : "false") << ",\n"
      << "  \"compared\": {\"codes\": " << r.agreement.hidden_codes
      << ", \"logits\": " << r.agreement.logits << ", \"predictions\": " << r.agreement.predictions
      << "},\n"
      << "  \"bytes_float\": " << r.bytes_float << ",\n"
      << "  \"bytes_packed\": " << r.bytes_packed << ",\n"
      << "  \"seconds_per_image_float\": " << r.seconds_per_image_float << ",\n"
      << "  \"seconds_per_image_packed\": " << r.seconds_per_image_packed << ",\n"
      << "  \"layers\": [\n";
  for (std::size_t i = 0; i < r.layers.size(); ++i) {
    const layer_times& l = r.layers[i];
    out << "    {\"name\": " << json_string(l.name) << ", \"seconds_float\": " << l.seconds_float
        << ", \"seconds_packed\": " << l.seconds_packed << ", \"bytes_float\": " << l.bytes_float
        << ", \"bytes_packed\": " << l.bytes_packed << "}"
        << (i + 1 < r.layers.size() ? ",\n" : "\n");
  }
  out << "  ],\n"
      << "  \"packed_digest\": \"" << std::hex << r.packed_digest << std::dec << "\",\n"
      << "  \"isa\": " << json_string(r.isa) << ",\n"
      << "  \"build\": " << json_string(r.build) << ",\n"
      << "  \"seed\": " << r.seed << ",\n"
      << "  \"epochs\": " << r.epochs << ",\n"
      << "  \"train_images\": " << r.train_images << ",\n"
      << "  \"train_seconds\": " << r.train_seconds << "\n"
      << "}\n";
}
