// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <psa/sdk/columns.hpp>

namespace psa {

/// The lists of a list column: Arrow's "+l", without the elements, which are a column of their own (or lists
/// again). Elements are appended there first, then the list is closed here.
class ListLevel {
 public:
  int64_t length() const noexcept {
    return offsets_.size() == 0 ? 0 : static_cast<int64_t>(offsets_.size() / sizeof(int32_t)) - 1;
  }
  const Validity& validity() const noexcept { return validity_; }

  /// Ends a list. @param elements  how many elements there are now, of all lists together
  /// @throws DriverError (PSA_CATEGORY_DATA) beyond 2^31 - 1
  void close(int64_t elements);
  /// A NULL list. @param elements  as for close
  void close_null(int64_t elements);

  /// Adds this level's node; the elements' node must follow.
  void describe(std::vector<ArrayNode>& nodes);
  void clear() noexcept;
  void restart() noexcept;

 private:
  void begin();

  GrowBuffer offsets_;
  Validity validity_;
};

}  // namespace psa
