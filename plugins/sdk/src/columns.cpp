// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <psa/sdk/columns.hpp>
#include <psa/sdk/driver_error.hpp>

namespace psa {

void Validity::cover(int64_t rows) {
  const auto bytes = static_cast<size_t>((rows + 7) / 8);
  if (bytes <= bits_.size()) return;
  bits_.ensure(bytes - bits_.size());
  // All that the capacity holds, so that this happens seldom.
  const size_t added = bits_.capacity() - bits_.size();
  std::memset(bits_.data() + bits_.size(), 0xFF, added);
  bits_.advance(added);
}

void Validity::mark_null(int64_t row) {
  cover(row + 1);
  bits_.data()[row >> 3] &= static_cast<uint8_t>(~(1U << (row & 7)));
  ++null_count_;
}

bool Validity::is_null(int64_t row) const noexcept {
  const auto byte = static_cast<size_t>(row >> 3);
  return null_count_ != 0 && byte < bits_.size() && ((bits_.data()[byte] >> (row & 7)) & 1) == 0;
}

GrowBuffer* Validity::bitmap(int64_t length) {
  if (null_count_ == 0) return nullptr;
  cover(length);
  const auto bytes = static_cast<size_t>((length + 7) / 8);
  bits_.clear();
  bits_.advance(bytes);
  return &bits_;
}

void BoolColumn::append(bool value) {
  if ((length_ & 7) == 0) {
    bits_.ensure(1);
    bits_.put(uint8_t{0});
  }
  if (value) bits_.data()[length_ >> 3] |= static_cast<uint8_t>(1U << (length_ & 7));
  ++length_;
}

void BoolColumn::append_null() {
  append(false);
  validity_.mark_null(length_ - 1);
}

void BoolColumn::describe(std::vector<ArrayNode>& nodes) {
  nodes.push_back({length_, validity_.null_count(), 0, 2, {validity_.bitmap(length_), &bits_}});
}

void BoolColumn::clear() noexcept {
  bits_.clear();
  validity_.clear();
  length_ = 0;
}

void BoolColumn::restart() noexcept {
  bits_.restart();
  validity_.restart();
  length_ = 0;
}

void BytesColumn::grow(size_t size) {
  if (size > size_limit - bytes_.size())
    throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, "a batch holds more than 2 GiB of one column")
        .with_hint("ask for fewer rows at once");
  bytes_.ensure(size);
  if (offsets_.size() == 0) {
    offsets_.ensure(2 * sizeof(int32_t));
    offsets_.put(int32_t{0});
  }
  offsets_.ensure(sizeof(int32_t));
}

void BytesColumn::describe(std::vector<ArrayNode>& nodes) {
  if (offsets_.size() == 0) grow(0);  // offsets are one more than rows, also where there are none
  nodes.push_back({length(), validity_.null_count(), 0, 3, {validity_.bitmap(length()), &offsets_, &bytes_}});
}

// The first offset is written where memory is found missing, so memory that stays needs it in clear and
// restart.
void BytesColumn::clear() noexcept {
  offsets_.clear();
  if (offsets_.capacity() != 0) offsets_.put(int32_t{0});
  bytes_.clear();
  validity_.clear();
}

void BytesColumn::restart() noexcept {
  offsets_.restart();
  if (offsets_.capacity() != 0) offsets_.put(int32_t{0});
  bytes_.restart();
  validity_.restart();
}

}  // namespace psa
