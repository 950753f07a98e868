// lowbit/core/workspace_key.hpp – which layer made a workspace.
//
// The tables of a workspace hold what follows from a layer's weights and window: positions in an image, sums
// of weights. With another layer's tables a call would read wrong memory. So every layer that makes
// workspaces draws a key when it is constructed, its workspaces keep the key, and a call compares:
//
//     moved         the key goes along: layer and workspace may be members of one object
//     copied        the copy has the key of the original, and the same weights: each serves the other
//     assigned to   the layer has the key of what was assigned: its older workspaces are refused
//
// A key is an address on the heap that everybody who holds the key keeps alive, so nobody draws it again
// while a workspace remembers it. Drawing allocates once a layer; a comparison is that of two pointers.
#ifndef LOWBIT_CORE_WORKSPACE_KEY_HPP
#define LOWBIT_CORE_WORKSPACE_KEY_HPP

#include <memory>

#include "lowbit/core/tensor_view.hpp"

LOWBIT_BEGIN
namespace detail::core {

class workspace_key {
 public:
  /// The key of empty workspaces, and of layers that were moved from: they are empty as well.
  workspace_key() noexcept = default;
  /// A key that nobody else has.
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

/// Rejects a workspace of another layer than `layer`, or for images of another shape than x.
inline void require_workspace(const char* who, const workspace_key& layer,
                              const workspace_key& work, tensor_shape made_for, tensor_shape x) {
  if (layer == work && made_for == x) return;
  fail("%s: images of %tdx%tdx%tdx%td with a workspace %s %tdx%tdx%tdx%td", who, x.batch, x.height,
       x.width, x.channels, layer == work ? "for" : "that another layer made for", made_for.batch,
       made_for.height, made_for.width, made_for.channels);
}

}  // namespace detail::core
LOWBIT_END

#endif
