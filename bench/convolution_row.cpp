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

/// Numbers at random, from low to high.
lowbit::matrix<float> floats_between(index_t rows, index_t cols, float low, float high,
                                     std::uint64_t seed) {
  lowbit::matrix<float> x = random_floats(rows, cols, seed);
  for (index_t i = 0; i < rows * cols; ++i)
    x.data()[i] = low + (high - low) / 2 * (x.data()[i] + 1);
  return x;
}
/// What the codes of x stand for.
template <class Q>
lowbit::matrix<float> values_of(const Q& q, const lowbit::matrix<float>& x) {
  lowbit::matrix<float> out(x.rows(), x.cols());
  for (index_t i = 0; i < x.rows() * x.cols(); ++i)
    out.data()[i] = lowbit::decode(q, lowbit::encode(q, x.data()[i]));
  return out;
}

/// What is convolved: quantizers whose codes are integers, and the range of the numbers.
struct binary_operands {
  static constexpr const char* name = "W1A1 convolution 3x3";
  lowbit::sign<> image{}, filter{};
  static constexpr float low = -1, high = 1, filter_low = -1, filter_high = 1;
};
struct byte_operands {
  static constexpr const char* name = "W8A8 convolution 3x3";
  lowbit::lsq<8, lowbit::unsigned_bits<8>> image{1};
  lowbit::lsq<8> filter{1};
  static constexpr float low = 0, high = 255, filter_low = -128, filter_high = 127;
};

/// The operands, the layer, and where its results go.
template <class Of>
struct convolution_work {
  using image_code = typename decltype(Of::image)::encoding;
  using filter_code = typename decltype(Of::filter)::encoding;
  using layer_type = lowbit::conv2d<image_code, filter_code>;

  Of of;
  lowbit::tensor_shape images;
  lowbit::matrix<float> x;
  std::shared_ptr<integer_convolution> floats = std::make_shared<integer_convolution>();
  lowbit::packed_tensor<image_code> packed;
  lowbit::packed_tensor<lowbit::binary> bits;
  std::unique_ptr<layer_type> layer;
  lowbit::conv2d_workspace work;
  lowbit::matrix<std::int32_t> sums;
  lowbit::thresholds channels;
  expected_block expected;

  explicit convolution_work(const convolution_shape& s)
      : images{1, s.height, s.width, s.channels},
        x(floats_between(s.pixels(), s.channels, Of::low, Of::high, 4)),
        sums(s.pixels(), s.channels),
        channels(s.channels) {
    const lowbit::matrix<float> w =
        floats_between(s.channels, s.depth(), Of::filter_low, Of::filter_high, 5);
    floats->shape = s;
    floats->binary = std::is_same_v<Of, binary_operands>;
    floats->image = values_of(of.image, x);
    floats->filters = values_of(of.filter, w);
    const lowbit::tensor_shape filters{s.channels, 3, 3, s.channels};
    packed = lowbit::encode(of.image, lowbit::nhwc(x.view(), images));
    bits = lowbit::packed_tensor<lowbit::binary>(images);
    layer = std::make_unique<layer_type>(lowbit::encode(of.filter, lowbit::nhwc(w.data(), filters)),
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
        expected.sums(r, c) = static_cast<std::int32_t>(sum_at<double>(
            *floats, pixel / s.width, pixel % s.width, expected.cols[static_cast<std::size_t>(c)]));
      }
  }
  void run_sums() { (*layer)(packed, work, lowbit::store_integers{sums.view()}); }
  void run_bits() {
    lowbit::encode(of.image, lowbit::nhwc(x.view(), images), packed);
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

template <class Of>
row about(const char* task, const convolution_shape& s, const effort& how) {
  using work = convolution_work<Of>;
  row out;
  out.task = task;
  out.shape = {s.height, s.width, s.channels};
  out.isa = lowbit::active_isa();
  out.kernel = lowbit::kernel_name<typename work::image_code, typename work::filter_code>();
  out.threads = how.threads;
  return out;
}

/// Times ours (the first) and the roof behind the others.
void fill(row& out, const std::vector<candidate>& others, const candidate& ours, double mac,
          const effort& how, turns& taken) {
  std::vector<candidate> all = {ours};
  all.insert(all.end(), others.begin(), others.end());
  const instruction_mix* const roof = roof_of_kernel(out.kernel, out.isa);
  if (roof != nullptr) all.push_back(roof->run);
  taken = interleave(all, how);
  out.rounds = static_cast<int>(taken[0].size());
  out.median_ns = median_ns(taken[0]);
  out.mac_per_cycle = median_rate(taken[0], mac);
  if (roof == nullptr) return;
  out.peak = roof->name;
  out.of_peak = median_share(taken[0], mac, taken.back(), roof->mac);
}

/// Packed input, prepared filters, int32 sums, and the peers.
template <class Of>
row measure_sums(const convolution_shape& shape, const effort& how) {
  const auto all = std::make_shared<convolution_work<Of>>(shape);
  row out = about<Of>(Of::name, shape, how);
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

}  // namespace

row measure_convolution(const convolution_shape& shape, const effort& how) {
  return measure_sums<binary_operands>(shape, how);
}
row measure_byte_convolution(const convolution_shape& shape, const effort& how) {
  return measure_sums<byte_operands>(shape, how);
}

row measure_bit_layer(const convolution_shape& shape, const effort& how) {
  const auto all = std::make_shared<convolution_work<binary_operands>>(shape);
  row out = about<binary_operands>("W1A1 convolution 3x3, floats to threshold bits", shape, how);
  all->run_bits();
  if (!all->bits_agree())
    throw std::runtime_error("bits of convolution " + shape.text() + " differ from the definition");
  turns taken;
  fill(
      out, {}, [=] { all->run_bits(); }, shape.mac(), how, taken);
  return out;
}

}  // namespace bench
