// SPDX-License-Identifier: Apache-2.0
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/list_level.hpp>

namespace psa {

void ListLevel::begin() {
  offsets_.ensure(2 * sizeof(int32_t));
  if (offsets_.size() == 0) offsets_.put(int32_t{0});
}

void ListLevel::close(int64_t elements) {
  if (elements > INT32_MAX)
    throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA,
                      "a batch holds more than 2^31 elements of one list column")
        .with_hint("ask for fewer rows at once");
  begin();
  offsets_.put(static_cast<int32_t>(elements));
}

void ListLevel::close_null(int64_t elements) {
  close(elements);
  validity_.mark_null(length() - 1);
}

void ListLevel::describe(std::vector<ArrayNode>& nodes) {
  if (offsets_.size() == 0) begin();  // offsets are one more than lists, also where there are none
  nodes.push_back({length(), validity_.null_count(), 1, 2, {validity_.bitmap(length()), &offsets_}});
}

void ListLevel::clear() noexcept {
  offsets_.clear();
  validity_.clear();
}

void ListLevel::restart() noexcept {
  offsets_.restart();
  validity_.restart();
}

}  // namespace psa
