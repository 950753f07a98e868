#include "convolution_row.hpp"

#include <memory>

#include "clock.hpp"
#include "lowbit/lowbit.hpp"
#include "peers/peers.hpp"
#include "product_row.hpp"
#include "roofline.hpp"
#include "text.hpp"

namespace bench {
namespace {

using layer_type = lowbit::conv2d<lowbit::binary, lowbit::binary>;

/// +1 where a number is not negative, else -1.
lowbit::matrix<float> signs_of(const lowbit::matrix<float>& x) {
  lowbit::matrix<float> out(x.rows(), x.cols());
  for (index_t i = 0; i < x.rows() * x.cols(); ++i)
    out.data()[i] = lowbit::is_negative(x.data()[i]) ? -1.0f : 1.0f;
  return out;
}

/// The operands, the layer, and where its results go.
struct convolution_work {
  lowbit::tensor_shape images;
  lowbit::matrix<float> x;  ///< before its signs are taken
  std::shared_ptr<integer_convolution> floats = std::make_shared<integer_convolution>();
  lowbit::packed_tensor<lowbit::binary> packed, bits;
  std::unique_ptr<layer_type> layer;
  lowbit::conv2d_workspace work;
  lowbit::matrix<std::int32_t> sums;
  lowbit::thresholds channels;
  expected_block expected;

  explicit convolution_work(const convolution_shape& s)
      : images{1, s.height, s.width, s.channels},
        x(random_floats(s.pixels(), s.channels, 4)),
        sums(s.pixels(), s.channels),
        channels(s.channels) {
    floats->shape = s;
    floats->image = signs_of(x);
    floats->filters = signs_of(random_floats(s.channels, s.depth(), 5));
    const lowbit::tensor_shape filters{s.channels, 3, 3, s.channels};
    packed = lowbit::encode(lowbit::sign{}, lowbit::nhwc(x.view(), images));
    bits = lowbit::packed_tensor<lowbit::binary>(images);
    layer = std::make_unique<layer_type>(
        lowbit::encode(lowbit::sign{}, lowbit::nhwc(floats->filters.data(), filters)),
        lowbit::square_window(3, 1, 1));
    work = layer->workspace(images);
    for (index_t c = 0; c < s.channels; ++c)
      channels.set(c, static_cast<std::int32_t>(c % 7) - 3, c % 3 == 0);
    expected.rows = spread(s.pixels(), 61);
    expected.cols = spread(s.channels, 41);
    expected.sums = lowbit::matrix<std::int32_t>(static_cast<index_t>(expected.rows.size()),
                                                 static_cast<index_t>(expected.cols.size()));
    for (index_t r = 0; r < expected.sums.rows(); ++r)
      for (index_t c = 0; c < expected.sums.cols(); ++c) {
        const index_t pixel = expected.rows[static_cast<std::size_t>(r)];
        expected.sums(r, c) = static_cast<std::int32_t>(sum_at(
            *floats, pixel / s.width, pixel % s.width, expected.cols[static_cast<std::size_t>(c)]));
      }
  }
  void run_sums() { (*layer)(packed, work, lowbit::store_integers{sums.view()}); }
  void run_bits() {
    lowbit::encode(lowbit::sign{}, lowbit::nhwc(x.view(), images), packed);
    auto& out = bits.mutable_pixels();
    (*layer)(packed, work, lowbit::store_threshold{channels, out.mutable_row(0), out.row_stride()});
  }
  [[nodiscard]] bool bits_agree() const {
    for (std::size_t r = 0; r < expected.rows.size(); ++r)
      for (std::size_t c = 0; c < expected.cols.size(); ++c)
        if (bits.pixels().code(expected.rows[r], expected.cols[c]) !=
            (channels(expected.sums(static_cast<index_t>(r), static_cast<index_t>(c)),
                      expected.cols[c])
                 ? 1
                 : 0))
          return false;
    return true;
  }
};

row about(const char* task, const convolution_shape& s, const effort& how) {
  row out;
  out.task = task;
  out.shape = {s.height, s.width, s.channels};
  out.isa = lowbit::active_isa();
  out.kernel = lowbit::kernel_name<lowbit::binary, lowbit::binary>();
  out.threads = how.threads;
  return out;
}

/// Times ours (the first) and the roof behind the others.
void fill(row& out, const std::vector<candidate>& others, const candidate& ours, double mac,
          const effort& how, turns& taken) {
  std::vector<candidate> all = {ours};
  all.insert(all.end(), others.begin(), others.end());
  const instruction_mix* const roof = roof_of(out.isa);
  if (roof != nullptr) all.push_back(roof->run);
  taken = interleave(all, how);
  out.rounds = static_cast<int>(taken[0].size());
  out.median_ns = median_ns(taken[0]);
  out.mac_per_cycle = median_rate(taken[0], mac);
  if (roof == nullptr) return;
  out.peak = roof->name;
  out.of_peak = median_share(taken[0], mac, taken.back(), roof->mac);
}

}  // namespace

row measure_convolution(const convolution_shape& shape, const effort& how) {
  const auto all = std::make_shared<convolution_work>(shape);
  row out = about("W1A1 convolution 3x3", shape, how);
  all->run_sums();
  if (!agrees(all->sums, all->expected))
    throw std::runtime_error("convolution " + shape.text() + " differs from the definition");
  std::vector<rival> rivals;
  std::vector<candidate> others;
  for (const convolution_maker make : convolution_makers()) {
    std::optional<rival> one = make(all->floats);
    if (!one) continue;
    one->run();
    if (!one->agrees(all->expected)) {
      out.notes.push_back(one->name + " left out: it differs from the definition");
      continue;
    }
    others.push_back(one->run);
    rivals.push_back(std::move(*one));
  }
  turns taken;
  fill(
      out, others, [=] { all->run_sums(); }, shape.mac(), how, taken);
  for (std::size_t i = 0; i < rivals.size(); ++i) {
    const std::vector<turn>& theirs = taken[1 + i];
    out.rivals.push_back({rivals[i].name, rivals[i].how, median_ns(theirs),
                          median_rate(theirs, shape.mac()), median_ratio(theirs, taken[0])});
  }
  return out;
}

row measure_bit_layer(const convolution_shape& shape, const effort& how) {
  const auto all = std::make_shared<convolution_work>(shape);
  row out = about("W1A1 convolution 3x3, floats to threshold bits", shape, how);
  all->run_bits();
  if (!all->bits_agree())
    throw std::runtime_error("bits of convolution " + shape.text() + " differ from the definition");
  turns taken;
  fill(
      out, {}, [=] { all->run_bits(); }, shape.mac(), how, taken);
  return out;
}

}  // namespace bench
