// lowbit/core/workspace_key.hpp – which layer made a workspace.
//
// The tables of a workspace depend on a layer's weights and window: positions in an image, sums of weights. With the
// tables of another layer a call would read wrong memory. So every layer that makes workspaces draws a key when it is
// constructed. Its workspaces store the key, and a call compares the two:
//
//     moved         the key moves along: layer and workspace may be members of one object
//     copied        the copy has the key of the original, and the same weights: workspaces serve both
//     assigned to   the layer has the key of what was assigned: its older workspaces are refused
//
// A key is an address on the heap that all its holders keep alive, so it is not drawn again while a workspace holds it.
// Drawing allocates once per layer; a comparison compares two pointers.
#ifndef LOWBIT_CORE_WORKSPACE_KEY_HPP
#define LOWBIT_CORE_WORKSPACE_KEY_HPP

#include <memory>

#include "lowbit/core/reset_when_moved.hpp"
#include "lowbit/core/shape.hpp"

LOWBIT_BEGIN
namespace detail::core {

class workspace_key {
 public:
  /// The key of empty workspaces, and of layers that were moved from, which are empty as well.
  workspace_key() noexcept = default;
  /// A new key, different from all others.
  [[nodiscard]] static workspace_key draw() {
    workspace_key key;
    key.address_ = std::make_shared<char>();
    return key;
  }
  friend bool operator==(const workspace_key& a, const workspace_key& b) noexcept {
    return a.address_ == b.address_;
  }

 private:
  std::shared_ptr<const char> address_;
};

/// What every workspace remembers: which layer made it, for images of which shape, and the shape of the result.
class layer_workspace {
 public:
  layer_workspace() = default;
  layer_workspace(const workspace_key& key, tensor_shape input, tensor_shape output)
      : key_(key), input_(input), output_(output) {}

  /// The shape of the images it is for.
  [[nodiscard]] tensor_shape input() const noexcept { return input_; }
  /// The shape of the result: to an epilogue its pixels are rows and its channels columns.
  [[nodiscard]] tensor_shape output() const noexcept { return output_; }

  /// Rejects the workspace of another layer than the one with this key, or for images of another shape than x.
  void check_key(const char* who, const workspace_key& layer, tensor_shape x) const {
    const tensor_shape s = input_;
    if (layer == key_ && s == x) return;
    fail("%s: images of %tdx%tdx%tdx%td with a workspace %s %tdx%tdx%tdx%td", who, x.batch,
         x.height, x.width, x.channels, layer == key_ ? "for" : "that another layer made for",
         s.batch, s.height, s.width, s.channels);
  }

 private:
  workspace_key key_;
  reset_when_moved<tensor_shape> input_, output_;
};

}  // namespace detail::core
LOWBIT_END

#endif
