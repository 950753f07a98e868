// lowbit/convolution/conv2d.hpp – convolution of packed images, exact, without im2col.
//
//     y(n, y, x, o) = sum over taps (i, j) and channels c of its group of
//                     value(in(n, y * stride + i * dilation - border, ..., c)) * value(filter(o, i, j, c))
//
// To the kernels it is a product like any other: the rows of the left operand are windows, those of the
// right one filters. A window is not copied together; it is where its first tap lies, and a list of runs
// that is the same for all windows says how far from there the other taps are:
//
//     image  . . . . . . . .        window (y, x) = image + start(y, x)
//            . a b c . . . .        runs: 0 (a), 1 (b), 2 (c), row (d), row + 1 (e), ...
//            . d e f . . . .        with whole words of channels and one plane a b c is one run
//            . g h i . . . .
//
// What lies beyond the border is the layer's padding (convolution/pad_value.hpp). Any size, stride, dilation and
// border of the window (core/window.hpp), any channels, any groups that divide them. Sums are those of the
// definition on every ISA and any number of threads, bit for bit. Windows of one tap are plain products.
//
//     lowbit::conv2d<lowbit::binary, lowbit::binary, lowbit::pad::plus_one> layer(filters, w);
//     auto y = lowbit::convolve(x, layer);                      int32, a row a pixel
//     auto work = layer.workspace(x.shape());                   once; then no call allocates
//     layer(x, work, lowbit::store_threshold{...}, executor);   any epilogue, fused into the tile
//
// To an epilogue the result is a matrix with a row for each pixel (n, y, x) and a column for each output
// channel: packed_tensor::mutable_pixels() of the next layer's input is a destination.
#ifndef LOWBIT_CONVOLUTION_CONV2D_HPP
#define LOWBIT_CONVOLUTION_CONV2D_HPP

#include <vector>

#include "lowbit/convolution/conv2d_workspace.hpp"
#include "lowbit/convolution/filters.hpp"
#include "lowbit/convolution/padded_image.hpp"
#include "lowbit/convolution/window_sums.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/product/product.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Fails to compile, with a sentence.
template <class... Args>
[[nodiscard]] constexpr bool refuse_quantized_images() {
  static_assert(
      !(product::quantized_operand<Args> || ...),
      "lowbit::conv2d: a quantized_matrix is a matrix with scales: images and filters are packed "
      "codes, encode(quantizer, images); scales go into the epilogue, float_epilogue()");
  return true;
}

}  // namespace detail::convolution

/// A convolution: filters, window, groups. A is the encoding of the images, W that of the filters, P what
/// lies beyond the border. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d {
  static constexpr product_rule rule = multiply<A, W>();
  static constexpr detail::convolution::padding_code padding =
      detail::convolution::padding_of<A, P>();
  static_assert(
      padding.surplus == 0 || P::value == 0,
      "lowbit::conv2d: this padding is no value of the images' encoding: binary and bipolar "
      "codes have no 0 but can be padded with pad::zero all the same, unsigned codes have no "
      "-1 and take pad::zero");

 public:
  /// `filters` has a filter for each output channel as batch, and channels / groups channels. Errors: it is
  /// not of the window's size; groups do not divide the output channels; the sums may exceed 32 bits.
  conv2d(packed_tensor_view<W> filters, const window& w, index_t groups = 1)
      : filters_(filters.shape()), window_(w), groups_(groups) {
    using namespace detail;
    const tensor_shape f = filters_;
    detail::core::require_window(w, "conv2d");
    if (const reason why = convolution::filters_problem<A, W>(f, filters.layout(), w, groups))
      fail("conv2d: %s", why.text());
    const index_t each = f.batch / groups;
    for (index_t g = 0; g < groups; ++g)
      prepared_.push_back(prepare(convolution::rows_of_filters(filters.images(g * each, each))));
    if (padding.surplus != 0) sum_taps(filters);
  }

  template <detail::product::quantized_operand Q>
  conv2d(const Q&, const window&, index_t = 1) {
    static_cast<void>(detail::convolution::refuse_quantized_images<Q>());
  }

  [[nodiscard]] index_t in_channels() const noexcept { return groups_ * filters_->channels; }
  [[nodiscard]] index_t out_channels() const noexcept { return filters_->batch; }
  [[nodiscard]] index_t groups() const noexcept { return groups_; }
  [[nodiscard]] const lowbit::window& over() const noexcept { return window_; }
  /// The most products that one sum has: the depth that largest_sum() asks for.
  [[nodiscard]] index_t depth() const noexcept { return window_.taps() * filters_->channels; }
  /// Whether a call copies the images into their border and reads them nowhere else.
  [[nodiscard]] bool copies_images() const noexcept {
    return detail::convolution::has_padding(window_);
  }
  /// Bytes of filters, as codes, panels and sums.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 4 * tap_sums_.size();
    for (const auto& group : prepared_) sum += group.bytes();
    return sum;
  }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != in_channels())
      detail::fail("conv2d: images of %tdx%tdx%td for %td groups of %td channels", in.height,
                   in.width, in.channels, groups_, filters_->channels);
    return detail::core::output_shape(window_, in, out_channels(), "conv2d");
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const {
    conv2d_workspace work;
    const tensor_shape out = output_shape(in);
    work.key_ = key_;
    work.input_ = in;
    work.output_ = out;
    work.runs_ = buffer<detail::kernel::product_run>(window_.taps());
    work.starts_ = buffer<index_t>(out.pixels());
    add_classes(work);
    if (copies_images() || !(channel_layout() == depth_layout(in_channels())))
      work.image_ = detail::convolution::empty_image<A>(padded(in), channel_layout(), padding.code);
    if (rule.lhs_bit_sum != 0) {
      work.pixel_sums_ = buffer<std::uint32_t>(padded(in).pixels());
      work.window_sums_ = buffer<std::uint32_t>(out.pixels());
    }
    return work;
  }

  /// Every tile of the result to `epilogue`, on one ISA or on the chosen one. Errors: a workspace of another
  /// layer or for another shape; channels in segments that are not the groups; what `epilogue` reports.
  template <isa_tag Tag, epilogue F, executor Executor = serial_executor>
  void operator()(Tag tag, packed_tensor_view<A> x, conv2d_workspace& work, const F& epilogue,
                  const Executor& where = {}) const {
    using namespace detail;
    require_input(x, work);
    const index_t rows = work.output_->pixels();
    require_fit(epilogue, rows, out_channels());
    if (rows == 0 || out_channels() == 0) return;
    if (work.image_.size() > 0 && !fits_as_it_is(x))
      x = convolution::into_padded(x, window_, channel_layout(), work.image_.data(), where);
    work.lay_out(window_, filters_->channels, {x.image_stride(), x.row_stride(), x.pixel_stride()});
    const index_t each = out_channels() / groups_;
    // Columns of one group share words of a packed result with those of the next: one thread a row.
    const index_t together = groups_ == 1 ? word_bits : ceil_div(each, word_bits) * word_bits;
    for (index_t g = 0; g < groups_; ++g) {
      const auto skipped = x.layout().bit_index(g * filters_->channels) / word_bits;
      const index_t first = g * each;
      const kernel::operand lhs{x.data() + skipped, rows, 0, x.plane_stride(), work.starts_.data()};
      const auto rhs = product::as_rhs(prepared_[static_cast<std::size_t>(g)]);
      kernel::offset_terms add = terms_of(tag, x, skipped, work);
      if (first % 16 == 0) {
        product::multiply_operands<A>(tag, lhs, rhs, work.runs(), add, epilogue, where,
                                      {first, together});
      } else {
        if (add.rhs != nullptr) add.rhs += first;
        const detail::epilogues::any_epilogue shifted(epilogue, first);
        product::multiply_operands<A>(tag, lhs, rhs, work.runs(), add, shifted, where,
                                      {0, together});
      }
    }
  }
  template <epilogue F, executor Executor = serial_executor>
  void operator()(packed_tensor_view<A> x, conv2d_workspace& work, const F& epilogue,
                  const Executor& where = {}) const {
    (*this)(chosen_isa(), x, work, epilogue, where);
  }

 private:
  [[nodiscard]] depth_layout channel_layout() const noexcept {
    return depth_layout(in_channels(), groups_ > 1 ? filters_->channels : 0);
  }
  [[nodiscard]] tensor_shape padded(tensor_shape in) const noexcept {
    return detail::core::padded(window_, in);
  }
  [[nodiscard]] bool fits_as_it_is(packed_tensor_view<A> x) const noexcept {
    return !copies_images() && x.layout() == channel_layout();
  }

  void require_input(packed_tensor_view<A> x, const conv2d_workspace& work) const {
    detail::core::require_workspace("conv2d", key_, work.key_, work.input_, x.shape());
    if (!(x.layout() == channel_layout()) && x.layout().segment() != 0)
      detail::fail("conv2d: images of %td channels in segments of %td for %td groups of %td",
                   in_channels(), x.layout().segment(), groups_, filters_->channels);
  }

  /// Of every filter and tap the sum of the weights: what a border's surplus is multiplied with.
  void sum_taps(packed_tensor_view<W> filters) {
    const index_t taps = window_.taps();
    tap_sums_ = buffer<std::int32_t>(out_channels() * taps);
    for (index_t o = 0; o < out_channels(); ++o)
      for (index_t t = 0; t < taps; ++t)
        for (index_t c = 0; c < filters_->channels; ++c)
          tap_sums_[o * taps + t] +=
              value<W>(filters.code(o, t / filters_->width, t % filters_->width, c));
  }

  /// What is added for filters: the rule's bit sums and, a class at a time, the border's surplus.
  void add_classes(conv2d_workspace& work) const {
    using namespace detail;
    detail::core::axis_classes vertical, horizontal;
    const bool corrected = padding.surplus != 0 && copies_images() && work.output_->pixels() > 0;
    const index_t channels = out_channels(), each = channels / groups_;
    if (corrected) {
      vertical = detail::core::classes_of(window_.vertical, work.input_->height);
      horizontal = detail::core::classes_of(window_.horizontal, work.input_->width);
      work.class_count_ = vertical.count * horizontal.count;
      work.corrections_ = buffer<std::uint32_t>(work.class_count_ * channels);
      work.classes_ = buffer<std::int32_t>(work.output_->pixels());
      index_t row = 0;
      for (index_t n = 0; n < work.output_->batch; ++n)
        for (index_t y = 0; y < work.output_->height; ++y)
          for (index_t x = 0; x < work.output_->width; ++x)
            work.classes_[row++] = static_cast<std::int32_t>(
                vertical.of_output[y] * horizontal.count + horizontal.of_output[x]);
      for (index_t c = 0; c < work.class_count_; ++c)
        for (index_t o = 0; o < channels; ++o)
          work.corrections_[c * channels + o] = surplus(vertical.ranges[c / horizontal.count],
                                                        horizontal.ranges[c % horizontal.count], o);
    }
    if (rule.rhs_bit_sum == 0) return;
    work.terms_ = buffer<std::uint32_t>(work.class_count_ * channels);
    for (index_t c = 0; c < work.class_count_; ++c)
      for (index_t o = 0; o < channels; ++o)
        work.terms_[c * channels + o] =
            (corrected ? work.corrections_[c * channels + o] : 0) +
            static_cast<std::uint32_t>(rule.rhs_bit_sum) *
                prepared_[static_cast<std::size_t>(o / each)].bit_sums().data()[o % each];
  }

  /// - surplus * the weights of filter o whose taps are not in these ranges.
  [[nodiscard]] std::uint32_t surplus(detail::core::tap_range vertical,
                                      detail::core::tap_range horizontal,
                                      index_t o) const noexcept {
    std::int32_t outside = 0;
    for (index_t i = 0; i < window_.vertical.size; ++i)
      for (index_t j = 0; j < window_.horizontal.size; ++j)
        if (i < vertical.first || i >= vertical.last || j < horizontal.first ||
            j >= horizontal.last)
          outside += tap_sums_[o * window_.taps() + i * window_.horizontal.size + j];
    return static_cast<std::uint32_t>(-padding.surplus) * static_cast<std::uint32_t>(outside);
  }

  /// What the rule and the border add to the sums of a group, whose channels begin at word `skipped`.
  template <isa_tag Tag>
  [[nodiscard]] detail::kernel::offset_terms terms_of(Tag tag, packed_tensor_view<A> x,
                                                      index_t skipped,
                                                      conv2d_workspace& work) const {
    const bool by_definition = is_reference(tag);
    const auto& table = by_definition || rule.rhs_bit_sum == 0 ? work.corrections_ : work.terms_;
    detail::kernel::offset_terms add{0, nullptr, table.size() > 0 ? table.data() : nullptr,
                                     work.classes_.size() > 0 ? work.classes_.data() : nullptr,
                                     out_channels()};
    if (by_definition) return add;
    add.constant = static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(depth());
    if (rule.lhs_bit_sum != 0) {
      detail::convolution::sum_windows(
          tag, x,
          detail::convolution::channel_words{skipped, ceil_div(filters_->channels, word_bits)},
          static_cast<std::uint32_t>(rule.lhs_bit_sum), window_, work.output_,
          work.pixel_sums_.data(), work.window_sums_.data());
      add.lhs = work.window_sums_.data();
    }
    return add;
  }

  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
  reset_when_moved<tensor_shape> filters_;
  lowbit::window window_;
  index_t groups_ = 1;
  std::vector<prepared_matrix<W>> prepared_;  ///< a group each
  buffer<std::int32_t> tap_sums_;
};

/// The int32 sums as a new matrix: a row for each output pixel (n, y, x), a column for each output channel.
template <isa_tag Tag, plane_code A, plane_code W, pad_value P, executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> convolve(Tag tag, packed_tensor_view<A> x,
                                            const conv2d<A, W, P>& layer,
                                            const Executor& where = {}) {
  conv2d_workspace work = layer.workspace(x.shape());
  matrix<std::int32_t> out(work.output().pixels(), work.output().channels);
  layer(tag, x, work, store_integers{out.view()}, where);
  return out;
}
template <plane_code A, plane_code W, pad_value P, executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> convolve(const packed_tensor<A>& x, const conv2d<A, W, P>& layer,
                                            const Executor& where = {}) {
  return convolve(chosen_isa(), x.view(), layer, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto convolve(const Args&...) {
  static_cast<void>(detail::convolution::refuse_quantized_images<Args...>());
  return matrix<std::int32_t>();
}

LOWBIT_END

#endif
