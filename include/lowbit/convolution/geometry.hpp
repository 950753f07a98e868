// lowbit/convolution/geometry.hpp – what a convolution makes of shapes, whatever its weights are.
//
// Filters {output channels, height, width, channels / groups}, a window and a number of groups belong together:
//
//     the filters have the window's size           groups divide the output channels
//     images have groups x the filters' channels    padded images are no smaller than the window
//
// Every convolution (of codes, of floats, transposed) has one of these, and so reports the same errors in the same
// words. problem() is the one check: constructors report it as an error, loaders return it (core/reason.hpp).
#ifndef LOWBIT_CONVOLUTION_GEOMETRY_HPP
#define LOWBIT_CONVOLUTION_GEOMETRY_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/core/reset_when_moved.hpp"
#include "lowbit/core/window.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Filters, window and groups. A move leaves one without filters.
class geometry {
 public:
  geometry() = default;
  geometry(tensor_shape filters, const window& over, index_t groups = 1) noexcept
      : filters_(filters), over_(over), groups_(groups) {}

  /// What is wrong with the convolution, or nothing; `limit` bounds the window (core/window.hpp).
  [[nodiscard]] reason problem(index_t limit = largest_size) const noexcept {
    if (const reason why = core::window_problem(over_, limit)) return why;
    if (filters_->height != over_->vertical.size || filters_->width != over_->horizontal.size)
      return make_reason("filters of %tdx%td for a window of %tdx%td", filters_->height,
                         filters_->width, over_->vertical.size, over_->horizontal.size);
    if (groups_ < 1 || filters_->batch % groups_ != 0)
      return make_reason("%td groups for %td output channels: they must divide them", groups_,
                         filters_->batch);
    return {};
  }

  [[nodiscard]] tensor_shape filters() const noexcept { return filters_; }
  [[nodiscard]] const window& over() const noexcept { return *over_; }
  [[nodiscard]] index_t groups() const noexcept { return groups_; }
  [[nodiscard]] index_t in_channels() const noexcept { return groups_ * filters_->channels; }
  [[nodiscard]] index_t out_channels() const noexcept { return filters_->batch; }
  /// Output channels of one group.
  [[nodiscard]] index_t group_outputs() const noexcept { return filters_->batch / groups_; }
  /// The most products that one sum has.
  [[nodiscard]] index_t depth() const noexcept { return over_->taps() * filters_->channels; }

  /// Errors: images of other channels.
  void require_channels(tensor_shape in, const char* who) const {
    if (in.channels != in_channels())
      fail("%s: images of %tdx%tdx%td for %td groups of %td channels", who, in.height, in.width,
           in.channels, groups_, filters_->channels);
  }
  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in, const char* who) const {
    require_channels(in, who);
    return core::output_shape(over_, in, out_channels(), who);
  }

 private:
  reset_when_moved<tensor_shape> filters_;
  reset_when_moved<window> over_;
  index_t groups_ = 1;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
