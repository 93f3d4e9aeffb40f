// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace psa {

/// Sizes up and then hands out pieces of one allocation.
class BlockLayout {
 public:
  /// The offset of the next piece, which takes `bytes` with the given alignment.
  size_t add(size_t bytes, size_t alignment) noexcept {
    size_ = (size_ + alignment - 1) & ~(alignment - 1);
    const size_t offset = size_;
    size_ += bytes;
    return offset;
  }
  size_t size() const noexcept { return size_; }

 private:
  size_t size_ = 0;
};

/// Releases `node` and those of its descendants that still belong to the same block; returns how many
/// references of the block that gives back. Children that were moved out keep theirs.
template <class Node>
int64_t release_tree(Node* node, void (*release)(Node*)) noexcept {
  int64_t references = 1;
  for (int64_t i = 0; i < node->n_children; ++i) {
    Node* child = node->children[i];
    if (child->release == release && child->private_data == node->private_data)
      references += release_tree(child, release);
    else if (child->release != nullptr)
      child->release(child);
  }
  node->release = nullptr;
  return references;
}

}  // namespace psa
