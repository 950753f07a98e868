// What the program prints and writes: one table, a few pictures, a JSON file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <lowbit/nn/deployment/trace.hpp>
#include <string>
#include <vector>

#include "dataset.hpp"

/// Everything that was measured.
struct results {
  std::string dataset;
  lowbit::index_t test_images = 0;
  double accuracy_float_twin = 0, accuracy_bnn = 0, accuracy_packed = 0;
  lowbit::nn::comparison agreement;
  lowbit::index_t bytes_float = 0, bytes_packed = 0;
  double seconds_per_image_float = 0, seconds_per_image_packed = 0;
  std::string isa, flags, build;
  std::vector<std::string> kernels;
  std::uint64_t packed_digest = 0;
  std::uint64_t seed = 0;
  int epochs = 0, hidden = 0;
  double train_seconds = 0;
};

/// FNV-1a over the packed network's predictions (8 bytes each) and logits (4 bytes each), least
/// significant byte first: one number that must not depend on the ISA.
inline std::uint64_t digest(const lowbit::matrix<float>& logits) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](std::uint64_t bits, int bytes) {
    for (int i = 0; i < bytes; ++i) hash = (hash ^ (bits >> 8 * i & 0xff)) * 0x100000001b3u;
  };
  for (const lowbit::index_t p : lowbit::nn::predictions(logits))
    add(static_cast<std::uint64_t>(p), 8);
  for (lowbit::index_t i = 0; i < logits.rows() * logits.cols(); ++i)
    add(std::bit_cast<std::uint32_t>(logits.data()[i]), 4);
  return hash;
}

inline void print_table(const results& r) {
  const auto percent = [](double x) { return 100 * x; };
  const auto kilobytes = [](lowbit::index_t bytes) { return static_cast<double>(bytes) / 1000; };
  const auto& a = r.agreement;
  std::printf("\n                      float twin   BNN in float    BNN on bits    twin / bits\n");
  std::printf("  test accuracy       %8.2f %%     %8.2f %%     %8.2f %%\n",
              percent(r.accuracy_float_twin), percent(r.accuracy_bnn), percent(r.accuracy_packed));
  std::printf("  model size          %8.1f kB                   %8.1f kB       %8.1f\n",
              kilobytes(r.bytes_float), kilobytes(r.bytes_packed),
              static_cast<double>(r.bytes_float) / static_cast<double>(r.bytes_packed));
  std::printf("  time per image      %8.2f us                   %8.2f us       %8.1f\n",
              1e6 * r.seconds_per_image_float, 1e6 * r.seconds_per_image_packed,
              r.seconds_per_image_float / r.seconds_per_image_packed);
  std::printf("  BNN in float = BNN on bits: %s\n",
              a.identical() ? "every bit is identical" : "THEY DIFFER");
  std::printf("    hidden bits %9td compared, %td differ\n", a.hidden_codes, a.different_codes);
  std::printf("    logits      %9td compared, %td differ\n", a.logits, a.different_logits);
  std::printf("    predictions %9td compared, %td differ\n", a.predictions,
              a.different_predictions);
  std::printf("  One thread, packing included. ISA %s:\n", r.isa.c_str());
  for (const std::string& kernel : r.kernels) std::printf("    %s\n", kernel.c_str());
}

/// One text line of an image: each character shows two pixels, one above the other.
inline std::string half_block_line(lowbit::matrix_view<const std::uint8_t> image,
                                   lowbit::index_t line) {
  static constexpr const char* block[4] = {" ", "▀", "▄", "█"};
  constexpr int bright = 80;
  std::string text;
  for (lowbit::index_t x = 0; x < image.cols(); ++x) {
    const bool top = image(2 * line, x) >= bright;
    const bool bottom = 2 * line + 1 < image.rows() && image(2 * line + 1, x) >= bright;
    text += block[(top ? 1 : 0) + (bottom ? 2 : 0)];
  }
  return text;
}

/// The first test images with what the packed network takes them for, as many as fit 80 columns and
/// two rows.
inline void print_pictures(const dataset& data, const std::vector<lowbit::index_t>& guesses) {
  const samples& s = data.test;
  constexpr lowbit::index_t columns = 80, gap = 3;
  const lowbit::index_t label_width = 20;
  const lowbit::index_t cell = (s.width > label_width ? s.width : label_width) + gap;
  const lowbit::index_t per_row = columns / cell;
  for (lowbit::index_t first = 0; first < 2 * per_row && first < s.size(); first += per_row) {
    const lowbit::index_t end = first + per_row < s.size() ? first + per_row : s.size();
    std::printf("\n");
    for (lowbit::index_t line = 0; line < (s.height + 1) / 2; ++line) {
      for (lowbit::index_t i = first; i < end; ++i)
        std::printf("  %s%*s", half_block_line(s.image(i), line).c_str(),
                    static_cast<int>(cell - s.width - 2), "");
      std::printf("\n");
    }
    for (lowbit::index_t i = first; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::string& guess = data.classes[static_cast<std::size_t>(guesses[at])];
      const std::string& truth = data.classes[s.labels[at]];
      const std::string label = guess == truth ? guess : guess + " (is " + truth + ")";
      std::printf("  %-*s", static_cast<int>(cell - 2), label.c_str());
    }
    std::printf("\n");
  }
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
      << "  \"dataset\": " << json_string(r.dataset) << ",\n"
      << "  \"test_images\": " << r.test_images << ",\n"
      << "  \"accuracy_float_twin\": " << r.accuracy_float_twin << ",\n"
      << "  \"accuracy_bnn\": " << r.accuracy_bnn << ",\n"
      << "  \"accuracy_packed\": " << r.accuracy_packed << ",\n"
      << "  \"identical\": " << (r.agreement.identical() ? "true" : "false") << ",\n"
      << "  \"compared\": {\"hidden_bits\": " << r.agreement.hidden_codes
      << ", \"logits\": " << r.agreement.logits << ", \"predictions\": " << r.agreement.predictions
      << "},\n"
      << "  \"bytes_float\": " << r.bytes_float << ",\n"
      << "  \"bytes_packed\": " << r.bytes_packed << ",\n"
      << "  \"seconds_per_image_float\": " << r.seconds_per_image_float << ",\n"
      << "  \"seconds_per_image_packed\": " << r.seconds_per_image_packed << ",\n"
      << "  \"packed_digest\": \"" << std::hex << r.packed_digest << std::dec << "\",\n"
      << "  \"isa\": " << json_string(r.isa) << ",\n"
      << "  \"kernels\": [";
  for (std::size_t i = 0; i < r.kernels.size(); ++i)
    out << (i == 0 ? "" : ", ") << json_string(r.kernels[i]);
  out << "],\n"
      << "  \"flags\": " << json_string(r.flags) << ",\n"
      << "  \"build\": " << json_string(r.build) << ",\n"
      << "  \"seed\": " << r.seed << ",\n"
      << "  \"epochs\": " << r.epochs << ",\n"
      << "  \"hidden\": " << r.hidden << ",\n"
      << "  \"train_seconds\": " << r.train_seconds << "\n"
      << "}\n";
}
