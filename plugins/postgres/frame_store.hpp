// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace psa::postgres {

/// The memory of coroutines' frames. An operation makes a dozen short-lived ones of the same few sizes, over
/// and over: each thread keeps a few of each size. Under sanitizers none is kept, so that they see each.
class FrameStore {
 public:
  /// @throws std::bad_alloc
  static void* take(std::size_t size);
  static void give_back(void* frame, std::size_t size) noexcept;
};

}  // namespace psa::postgres
