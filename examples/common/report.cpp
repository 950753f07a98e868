#include "report.hpp"

#include <bit>
#include <cstdio>
#include <ostream>
#include <sstream>

std::uint64_t digest(const std::vector<float>& logits) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const float logit : logits)
    for (int i = 0; i < 4; ++i)
      hash = (hash ^ (std::bit_cast<std::uint32_t>(logit) >> 8 * i & 0xff)) * 0x100000001b3u;
  return hash;
}

void print_table(const results& r) {
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
  std::printf("  One thread, packing included. ISA %s:\n", r.isa.c_str());
  for (const std::string& kernel : r.kernels) std::printf("    %s\n", kernel.c_str());

  std::printf(
      "\n  layer                     twin us   bits us   bits of twin   twin kB   file kB\n");
  for (const layer_report& l : r.layers) {
    char part[32] = "-";  // a layer that the twin does not have
    if (l.seconds_float > 0)
      std::snprintf(part, sizeof part, "%.1f %%", 100 * l.seconds_packed / l.seconds_float);
    std::printf("  %-24s %8.2f  %8.2f      %10s  %8.1f  %8.2f\n", l.name.c_str(),
                1e6 * l.seconds_float, 1e6 * l.seconds_packed, part, kilobytes(l.bytes_float),
                kilobytes(l.bytes_packed));
  }
}

namespace {

/// One text line of an image: each character shows two pixels, one above the other.
std::string half_block_line(lowbit::matrix_view<const std::uint8_t> image, lowbit::index_t line) {
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

}  // namespace

void print_pictures(const dataset& data, const std::vector<lowbit::index_t>& guesses) {
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

namespace {

/// An object of JSON, one field per line.
class json_object {
 public:
  template <class T>
  void add(const char* name, const T& value) {
    text_ << (first_ ? "{\n  " : ",\n  ") << '"' << name << "\": ";
    write(value);
    first_ = false;
  }
  std::string text() const { return text_.str() + "\n}"; }

 private:
  void write(bool value) { text_ << (value ? "true" : "false"); }
  void write(const std::string& value) {
    text_ << '"';
    for (const char c : value) text_ << (c == '"' || c == '\\' ? "\\" : "") << c;
    text_ << '"';
  }
  void write(const json_object& value) { text_ << value.text(); }
  template <class T>
  void write(const std::vector<T>& list) {
    text_ << '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) text_ << ", ";
      write(list[i]);
    }
    text_ << ']';
  }
  template <class Number>
  void write(Number value) {
    text_.precision(9);
    text_ << value;
  }

  std::ostringstream text_;
  bool first_ = true;
};

}  // namespace

void write_json(const results& r, std::ostream& out) {
  json_object all, compared;
  compared.add("codes", r.agreement.hidden_codes);
  compared.add("logits", r.agreement.logits);
  compared.add("predictions", r.agreement.predictions);
  std::vector<json_object> layers(r.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const layer_report& l = r.layers[i];
    layers[i].add("name", l.name);
    layers[i].add("seconds_float", l.seconds_float);
    layers[i].add("seconds_packed", l.seconds_packed);
    layers[i].add("bytes_float", l.bytes_float);
    layers[i].add("bytes_packed", l.bytes_packed);
  }
  std::ostringstream hex;
  hex << std::hex << r.packed_digest;
  all.add("dataset", r.dataset);
  all.add("test_images", r.test_images);
  all.add("accuracy_float_twin", r.accuracy_float_twin);
  all.add("accuracy_bnn", r.accuracy_bnn);
  all.add("accuracy_packed", r.accuracy_packed);
  all.add("identical", r.agreement.identical());
  all.add("loaded_identical", r.loaded_identical);
  all.add("compared", compared);
  all.add("bytes_float", r.bytes_float);
  all.add("bytes_packed", r.bytes_packed);
  all.add("seconds_per_image_float", r.seconds_per_image_float);
  all.add("seconds_per_image_packed", r.seconds_per_image_packed);
  all.add("layers", layers);
  all.add("packed_digest", hex.str());
  all.add("isa", r.isa);
  all.add("kernels", r.kernels);
  all.add("flags", r.flags);
  all.add("build", r.build);
  all.add("seed", r.seed);
  all.add("epochs", r.epochs);
  all.add("train_images", r.train_images);
  all.add("train_seconds", r.train_seconds);
  out << all.text() << '\n';
}
