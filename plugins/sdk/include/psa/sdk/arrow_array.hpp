// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <psa/driver.h>
#include <psa/sdk/grow_buffer.hpp>

namespace psa {

/// One array of a batch to be made. Nodes stand in pre-order: a node is followed by its children.
/// @param buffers  NULL where there is no validity bitmap
struct ArrayNode {
  int64_t length = 0;
  int64_t null_count = 0;
  uint32_t child_count = 0;
  uint32_t buffer_count = 0;
  std::array<GrowBuffer*, 3> buffers = {};
};

/// Makes the array that nodes[0] is the root of. Small buffers are copied next to the array's own memory,
/// so that a batch of a few rows is one allocation; large ones are taken over from the columns.
///
/// The arrays share one reference-counted block: a child that was moved out keeps it alive, and may be
/// released from another thread. @throws std::bad_alloc, with the nodes' buffers unchanged
ArrowArray make_array(std::span<const ArrayNode> nodes);

}  // namespace psa
