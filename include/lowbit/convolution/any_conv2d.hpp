// lowbit/convolution/any_conv2d.hpp – convolution of packed images, exact, without im2col.
//
//     y(n, y, x, o) = sum over taps (i, j) and channels c of its group of
//                     value(in(n, y * stride + i * dilation - before, ..., c)) * value(filter(o, i, j, c))
//
// To the kernels it is a product like any other: the rows of the left operand are windows, those of the right one
// filters. Five pieces make a product of the convolution, each in a file of its own:
//
//     geometry.hpp              which shapes fit each other              depends on window, filters, groups
//     window_table.hpp          where a window's taps lie                depends on the strides of the image
//     padded_image.hpp          the image with padding around it         depends on the code of the padding
//     padding_correction.hpp    what is added per class of windows       depends on weights and padding value
//     byte_image.hpp            the image as signed bytes                depends on the route of the product
//
// Any size, stride, dilation and padding amount of the window (core/window.hpp), any channels, any groups that divide
// them. Sums are those of the definition on every ISA and any number of threads, bit for bit. Windows of one
// tap are plain products.
//
//     lowbit::any_conv2d layer(filters, images, 0, w);          formats of filters and images: values
//     auto work = layer.workspace(x.shape());                   once; then no call allocates
//     layer(x, work, lowbit::store_threshold{...}, executor);   any epilogue, fused into the tile
//
// Nothing here is compiled for pairs of encodings. conv2d<A, W, P> (convolution/conv2d.hpp) is this class for two
// encodings that are types; it contains the loops of their product alone.
//
// To an epilogue the result is a matrix with one row per pixel (n, y, x) and one column per output channel.
// packed_tensor::mutable_pixels() of the next layer's input is a destination.
#ifndef LOWBIT_CONVOLUTION_ANY_CONV2D_HPP
#define LOWBIT_CONVOLUTION_ANY_CONV2D_HPP

#include <vector>

#include "lowbit/convolution/conv2d_images.hpp"
#include "lowbit/convolution/conv2d_workspace.hpp"
#include "lowbit/convolution/filters.hpp"
#include "lowbit/convolution/pad_value.hpp"
#include "lowbit/convolution/padded_image.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/product/product.hpp"

LOWBIT_BEGIN

/// A convolution: filters, window, groups, the format of the images, and what lies beyond them. Const and thread-safe.
class any_conv2d {
 public:
  /// `filters` has a filter for each output channel as batch, and channels / groups channels. Errors: filters that are
  /// not of the window's size; groups that do not divide the output channels. Sums that may exceed 32 bits; a format
  /// without integers; a `padding` that is neither 0 nor a value of the images.
  any_conv2d(const packed_tensor_view<any_encoding>& filters, const code_format& images,
             int padding, const window& w, index_t groups = 1)
      : geometry_(filters.shape(), w, groups),
        of_(images, filters.format()),
        padding_(detail::convolution::padding_of(images, padding)) {
    using namespace detail::convolution;
    detail::core::fail_if(filters_problem(images, filters.format(), geometry_, filters.layout()),
                          "conv2d");
    if (padding_.surplus != 0 && padding != 0)
      detail::fail("conv2d: padding of %d: codes of %s have no such value, pad them with 0",
                   padding, images.name);
    for (index_t g = 0; g < groups; ++g)
      prepared_.push_back(prepare(
          rows_of_filters(filters.images(g * geometry_.group_outputs(), geometry_.group_outputs())),
          images));
    correction_ = padding_correction(filters, padding_.surplus);
  }

  [[nodiscard]] const code_format& images() const noexcept { return of_.lhs; }
  [[nodiscard]] const code_format& filters() const noexcept { return of_.rhs; }
  [[nodiscard]] index_t in_channels() const noexcept { return geometry_.in_channels(); }
  [[nodiscard]] index_t out_channels() const noexcept { return geometry_.out_channels(); }
  [[nodiscard]] index_t groups() const noexcept { return geometry_.groups(); }
  [[nodiscard]] const lowbit::window& over() const noexcept { return geometry_.over(); }
  /// The most products that one sum has: the depth that largest_sum() takes.
  [[nodiscard]] index_t depth() const noexcept { return geometry_.depth(); }
  /// Whether a call copies the images into padded ones and reads them nowhere else.
  [[nodiscard]] bool copies_images() const noexcept { return detail::core::has_padding(over()); }
  /// Bytes of filters, as codes, panels and sums.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = correction_.bytes();
    for (const auto& group : prepared_) sum += group.bytes();
    return sum;
  }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return geometry_.output_shape(in, "conv2d");
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const {
    using namespace detail;
    using namespace detail::convolution;
    const product_rule& rule = of_.rule;
    const tensor_shape out = output_shape(in), padded = detail::core::padded(over(), in);
    conv2d_tables tables;
    tables.windows = {over(), out, out.batch * out.height};
    tables.terms =
        correction_.terms_for(geometry_, in, out, rule.rhs_bit_sum != 0, [&](index_t o) noexcept {
          const index_t each = geometry_.group_outputs();
          return static_cast<std::uint32_t>(rule.rhs_bit_sum) *
                 prepared_[static_cast<std::size_t>(o / each)].bit_sums().data()[o % each];
        });
    if (copies_images() || !(channel_layout() == depth_layout(in_channels())))
      tables.image = empty_image(images(), padded, channel_layout(), padding_.code);
    if (rule.lhs_bit_sum != 0) tables.sums = window_sums(padded, out);
    if (out.elements() > 0) {
      const auto way = route(out.pixels(), product::methods_of<library_families>(chosen_isa()));
      if (way.must_convert(of_)) tables.in_bytes = {padded, out, bytes_per_pixel(way)};
    }
    return {{key_, in, out}, static_cast<conv2d_tables&&>(tables)};
  }

  /// Every tile of the result to `epilogue`: rows are output pixels, columns output channels. Cost: the products of
  /// gemm() on pixels x (taps x channels), and a copy of padded images. Allocates nothing, but for panels on the
  /// product's route, and for bytes on an ISA that workspace() did not assume. Errors: images of another format; a
  /// workspace of another layer or for another shape; channels in segments that are not the groups; what `epilogue`
  /// reports.
  template <epilogue F, executor Executor = serial_executor>
  void operator()(const packed_tensor_view<any_encoding>& x, conv2d_workspace& work,
                  const F& epilogue, const Executor& where = {}) const {
    detail::encoding::require_same_format("conv2d", {"the images are", x.format()},
                                          {"the layer reads", images()});
    multiply<detail::product::any_loops>(x, work, epilogue, where);
  }

 protected:
  /// Whether the route of a call with some loops reads bytes. Errors: as output_shape.
  template <detail::kernel::product_loops Loops, executor Executor>
  [[nodiscard]] bool takes_bytes(tensor_shape in, const Executor& where) const {
    using namespace detail;
    const index_t windows = output_shape(in).pixels();
    const auto methods = product::methods_of<product::families_of<Executor>, Loops>(isa_of(where));
    return windows > 0 && route(windows, methods).must_convert(of_);
  }
  /// A call for images whose format is known to be right, with the loops of some products only.
  template <detail::kernel::product_loops Loops, epilogue F, executor Executor>
  void multiply(const detail::convolution::conv2d_images& x, conv2d_workspace& work,
                const F& epilogue, const Executor& where) const {
    using namespace detail;
    using families = product::families_of<Executor>;
    require_input(x, work);
    require_fit(epilogue, work.output().pixels(), out_channels());
    const auto isa = isa_of(where);
    // Tiles of a group whose columns begin within sixteen cannot be passed in registers.
    const epilogues::any_epilogue tiles(epilogue);
    multiply_groups(isa, x, work, product::tools_for<families, Loops>(isa, of_.loops, epilogue),
                    product::tools_for<families, Loops>(isa, of_.loops, tiles), where);
  }

 private:
  template <isa_tag Isa, executor Executor>
  void multiply_groups(Isa isa, const detail::convolution::conv2d_images& images,
                       conv2d_workspace& work, const detail::product::product_tools& tools,
                       const detail::product::product_tools& unaligned,
                       const Executor& where) const {
    using namespace detail;
    const index_t rows = work.output().pixels();
    if (rows == 0 || out_channels() == 0) return;
    convolution::conv2d_tables& tables = work.tables();
    const product::candidate way = route(rows, tools.methods);
    const bool bytes = way.must_convert(of_);
    const bool unpacked = images.are_bytes();  // then the route reads bytes
    packed_tensor_view<any_encoding> x = images.packed();
    if (!unpacked && tables.image.size() > 0 && !fits_as_it_is(x))
      x = convolution::into_padded(x, over(), channel_layout(), tables.image.data(), where);
    const tensor_shape padded = core::padded(over(), images.shape());
    const index_t each = geometry_.group_outputs(), channels = geometry_.filters().channels;
    const bool whole_words = channels % word_bits == 0;
    kernel::factors of = of_;
    if (bytes) {
      const index_t pixel = bytes_per_pixel(way);
      of.lhs_storage = code_storage::bytes;
      if (tables.in_bytes.pixel() != pixel)  // the workspace was made for another ISA
        tables.in_bytes = {padded, work.output(), pixel};
      const bool gapless = whole_words || way.layout.word_depth < word_bits;
      lay_out(tables.windows, tables.in_bytes.strides(padded), gapless ? pixel : 0);
    } else {
      lay_out(tables.windows, {x.image_stride(), x.row_stride(), x.pixel_stride()},
              whole_words ? channels / word_bits : 0);
    }
    // Columns of one group share words of a packed result with those of the next: one thread per row.
    const index_t together = groups() == 1 ? word_bits : ceil_div(each, word_bits) * word_bits;
    for (index_t g = 0; g < groups(); ++g) {
      const auto skipped = channel_layout().bit_index(g * channels) / word_bits;
      const index_t first = g * each;
      const bool aligned = first % 16 == 0;
      const product::rhs_operand rhs = product::as_rhs(prepared_[static_cast<std::size_t>(g)]);
      if (unpacked)
        tables.in_bytes.fill(images.bytes(), {g * channels, channels}, padding_.code, over(),
                             where);
      else if (bytes)
        tables.in_bytes.fill(way.how->converter, x, {skipped, ceil_div(channels, word_bits)},
                             channels, over(), where);
      const product::product_task task{of,
                                       {bytes ? tables.in_bytes.data() : x.data() + skipped, rows,
                                        0, x.plane_stride(), tables.windows.starts()},
                                       rhs,
                                       {tables.windows.runs(), tables.windows.run_count()},
                                       {aligned ? first : 0, together},
                                       tables.in_bytes.sums()};
      const auto add = [&](const product::candidate& chosen) {
        kernel::offset_terms terms = offsets(chosen.how->whole_sums, isa, x, skipped, tables);
        if (!aligned && terms.rhs != nullptr) terms.rhs += first;
        return terms;
      };
      if (aligned)
        product::multiply_operands(task, add, tools, where);
      else
        product::multiply_operands(
            task, add, {tools.methods, unaligned.epilogue.from_column(first), unaligned.strips},
            where);
    }
  }

  [[nodiscard]] depth_layout channel_layout() const noexcept {
    return depth_layout(in_channels(), groups() > 1 ? geometry_.filters().channels : 0);
  }
  [[nodiscard]] bool fits_as_it_is(const packed_tensor_view<any_encoding>& x) const noexcept {
    return !copies_images() && x.layout() == channel_layout();
  }

  void require_input(const detail::convolution::conv2d_images& x,
                     const conv2d_workspace& work) const {
    work.check_key("conv2d", key_, x.shape());
    const depth_layout layout = x.packed().layout();
    if (!x.are_bytes() && !(layout == channel_layout()) && layout.segment() != 0)
      detail::fail("conv2d: images of %td channels in segments of %td for %td groups of %td",
                   in_channels(), layout.segment(), groups(), geometry_.filters().channels);
  }

  /// How a group's products of so many windows are best multiplied.
  [[nodiscard]] detail::product::candidate route(
      index_t windows, std::span<const detail::product::method> methods) const {
    using namespace detail::product;
    const rhs_operand rhs = as_rhs(prepared_.front());
    const index_t words = ceil_div(geometry_.filters().channels, word_bits);
    return route_of(methods, of_, shape_of(of_, windows, rhs, words > 0 ? words : 1), rhs.panels);
  }
  /// Of a byte image for a route on bytes.
  [[nodiscard]] index_t bytes_per_pixel(const detail::product::candidate& way) const noexcept {
    return detail::convolution::pixel_bytes(geometry_.filters().channels, way.layout);
  }

  /// A run is a tap's channels, or those of a row of taps that leave no gap between them: pixels at a distance of
  /// `gapless`.
  void lay_out(detail::convolution::window_table<detail::kernel::product_run>& windows,
               const detail::convolution::image_strides& strides, index_t gapless) const {
    const index_t channels = geometry_.filters().channels, words = ceil_div(channels, word_bits);
    const bool joined = strides.pixel == gapless && over().horizontal.dilation == 1 && words > 0;
    windows.lay_out(over(), strides, joined,
                    [&](index_t distance, index_t tap, index_t taps) noexcept {
                      return detail::kernel::product_run{distance, tap * words, taps * channels};
                    });
  }

  /// What the rule and the padding add to the sums of a group, whose channels begin at word `skipped`.
  template <isa_tag Tag>
  [[nodiscard]] detail::kernel::offset_terms offsets(
      bool whole_sums, Tag tag, const packed_tensor_view<any_encoding>& x, index_t skipped,
      detail::convolution::conv2d_tables& tables) const {
    detail::kernel::offset_terms add = tables.terms.offsets(out_channels(), whole_sums);
    if (whole_sums) return add;
    const product_rule& rule = of_.rule;
    add.constant = static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(depth());
    if (rule.lhs_bit_sum != 0)
      add.lhs =
          tables.sums.sum(tag, x, {skipped, ceil_div(geometry_.filters().channels, word_bits)},
                          static_cast<std::uint32_t>(rule.lhs_bit_sum), over());
    return add;
  }

  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
  detail::convolution::geometry geometry_;
  detail::kernel::factors of_;
  detail::convolution::padding_code padding_;
  std::vector<prepared_matrix<any_encoding>> prepared_;  ///< one per group
  detail::convolution::padding_correction correction_;
};

/// The int32 sums as a new matrix: a row for each output pixel (n, y, x), a column for each output channel. Allocates
/// the matrix and a workspace. Errors: as a call of the layer.
template <executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> convolve(const packed_tensor_view<any_encoding>& x,
                                            const any_conv2d& layer, const Executor& where = {}) {
  conv2d_workspace work = layer.workspace(x.shape());
  matrix<std::int32_t> out(work.output().pixels(), work.output().channels);
  layer(x, work, store_integers{out.view()}, where);
  return out;
}

LOWBIT_END

#endif
