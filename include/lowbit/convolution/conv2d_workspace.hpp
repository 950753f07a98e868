// lowbit/convolution/conv2d_workspace.hpp – what a convolution needs for images of one shape, made once.
//
//     windows     starts and runs            convolution/window_table.hpp
//     terms       what is added to sums      convolution/padding_correction.hpp
//     sums        bit sums of windows        convolution/window_sums.hpp (if the product rule needs them)
//     image       a padded copy              convolution/padded_image.hpp (if the window reaches beyond the image)
//     in_bytes    the image as bytes         convolution/byte_image.hpp (if products of bytes are faster)
//
// With it a convolution allocates nothing. It belongs to the layer that made it (core/workspace_key.hpp) and to one
// caller at a time. Callers that run at the same time make one each.
#ifndef LOWBIT_CONVOLUTION_CONV2D_WORKSPACE_HPP
#define LOWBIT_CONVOLUTION_CONV2D_WORKSPACE_HPP

#include "lowbit/convolution/byte_image.hpp"
#include "lowbit/convolution/padding_correction.hpp"
#include "lowbit/convolution/window_sums.hpp"
#include "lowbit/convolution/window_table.hpp"
#include "lowbit/core/workspace_key.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Tables and memory: what the layer fills and reads.
struct conv2d_tables {
  window_table<kernel::product_run> windows;
  class_terms terms;
  window_sums sums;
  buffer<word> image;
  byte_image in_bytes;
};

}  // namespace detail::convolution

/// Tables and memory of a conv2d for one shape of input. Made by conv2d::workspace().
class conv2d_workspace : public detail::core::layer_workspace {
 public:
  conv2d_workspace() = default;
  /// For layers.
  conv2d_workspace(const layer_workspace& made, detail::convolution::conv2d_tables tables)
      : layer_workspace(made), tables_(static_cast<detail::convolution::conv2d_tables&&>(tables)) {}
  [[nodiscard]] detail::convolution::conv2d_tables& tables() noexcept { return tables_; }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    return tables_.windows.bytes() + tables_.terms.bytes() + tables_.sums.bytes() +
           8 * tables_.image.size() + tables_.in_bytes.bytes();
  }

 private:
  detail::convolution::conv2d_tables tables_;
};

LOWBIT_END

#endif
