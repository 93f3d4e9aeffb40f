// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include <psa/sdk/arrow_array.hpp>

#include "shared_block.hpp"

namespace psa {
namespace {

// A copied buffer costs a memcpy, a taken one a malloc for its successor and the slack of its growth.
constexpr size_t copied_up_to = 2048;

// In front of the arrays' memory; each array of the tree holds one reference.
struct ArrayBlock {
  std::atomic<int64_t> references;
  size_t taken_count;
  uint8_t** taken;
};

void release_array(ArrowArray* array) {
  auto* block = static_cast<ArrayBlock*>(array->private_data);
  const int64_t given_back = release_tree(array, &release_array);
  if (block->references.fetch_sub(given_back, std::memory_order_acq_rel) != given_back) return;
  for (size_t i = 0; i < block->taken_count; ++i) std::free(block->taken[i]);
  block->~ArrayBlock();
  std::free(block);
}

size_t padded(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

// Short buffers are copied in steps of this: a batch of one row has a dozen of a word each, for which memcpy
// would take longer to be called. Both sides have the room for what is copied behind the end: a GrowBuffer
// has 64 bytes at least.
constexpr size_t step = 16;
constexpr size_t short_up_to = 64;

void copy(uint8_t* to, const GrowBuffer& from) {
  if (from.size() > short_up_to) {
    std::memcpy(to, from.data(), from.size());
    return;
  }
  for (size_t at = 0; at < from.size(); at += step) std::memcpy(to + at, from.data() + at, step);
}

struct ArrayWriter {
  ArrayBlock* block;
  ArrowArray* arrays;
  ArrowArray** pointers;
  const void** buffers;
  uint8_t* bytes;
  const ArrayNode* node;

  const void* place(GrowBuffer* buffer) {
    if (buffer == nullptr) return nullptr;
    if (buffer->size() > copied_up_to) return block->taken[block->taken_count++] = buffer->release();
    uint8_t* const to = bytes;
    copy(to, *buffer);
    bytes += padded(buffer->size());
    return to;
  }

  void write(ArrowArray& array) {
    const ArrayNode& from = *node++;
    array = {from.length, from.null_count, 0,       from.buffer_count, from.child_count,
             buffers,     pointers,        nullptr, &release_array,    block};
    for (uint32_t i = 0; i < from.buffer_count; ++i) *buffers++ = place(from.buffers[i]);
    ArrowArray** const children = pointers;
    pointers += from.child_count;
    for (uint32_t i = 0; i < from.child_count; ++i) {
      children[i] = arrays++;
      write(*children[i]);
    }
  }
};

}  // namespace

ArrowArray make_array(std::span<const ArrayNode> nodes) {
  // An empty last buffer must not point behind the block, and a short one is copied with what is behind it.
  size_t buffers = 0, taken = 0, bytes = step;
  for (const ArrayNode& node : nodes) {
    buffers += node.buffer_count;
    for (uint32_t i = 0; i < node.buffer_count; ++i) {
      if (node.buffers[i] == nullptr) continue;
      const size_t size = node.buffers[i]->size();
      if (size > copied_up_to)
        ++taken;
      else
        bytes += padded(size);
    }
  }
  const size_t children = nodes.size() - 1;
  BlockLayout layout;
  layout.add(sizeof(ArrayBlock), alignof(ArrayBlock));
  const size_t at_arrays = layout.add(children * sizeof(ArrowArray), alignof(ArrowArray));
  const size_t at_pointers = layout.add(children * sizeof(ArrowArray*), alignof(ArrowArray*));
  const size_t at_buffers = layout.add(buffers * sizeof(void*), alignof(void*));
  const size_t at_taken = layout.add(taken * sizeof(void*), alignof(void*));
  const size_t at_bytes = layout.add(bytes, 16);
  auto* memory = static_cast<uint8_t*>(std::malloc(layout.size()));
  if (memory == nullptr) throw std::bad_alloc();
  auto* block = new (memory)
      ArrayBlock{static_cast<int64_t>(nodes.size()), 0, reinterpret_cast<uint8_t**>(memory + at_taken)};
  ArrayWriter writer{block,
                     reinterpret_cast<ArrowArray*>(memory + at_arrays),
                     reinterpret_cast<ArrowArray**>(memory + at_pointers),
                     reinterpret_cast<const void**>(memory + at_buffers),
                     memory + at_bytes,
                     nodes.data()};
  ArrowArray root;
  writer.write(root);
  return root;
}

}  // namespace psa
