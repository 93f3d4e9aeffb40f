// SPDX-License-Identifier: Apache-2.0
#include "value_column.hpp"

#include <string>

#include <psa/sdk/driver_error.hpp>

#include "malformed.hpp"
#include "value_text.hpp"
#include "wire.hpp"

namespace psa::postgres {
template <class Self, class Visit>
decltype(auto) ValueColumn::visit_own(Self& self, Visit visit) {
  switch (self.codec_) {
    case Codec::boolean:
      return visit(self.truths_);
    case Codec::int2:
      return visit(self.shorts_);
    case Codec::int4:
    case Codec::oid:
    case Codec::float4:
    case Codec::date:
      return visit(self.ints_);
    case Codec::int8:
    case Codec::float8:
    case Codec::time:
    case Codec::timestamp:
    case Codec::timestamptz:
      return visit(self.longs_);
    case Codec::uuid:
    case Codec::interval:
      return visit(self.wides_);
    default:
      return visit(self.bytes_);
  }
}

int64_t ValueColumn::own_length() const noexcept {
  return visit_own(*this, [](const auto& column) { return column.length(); });
}

int64_t ValueColumn::length() const noexcept { return mixed_ ? union_types_.length() : own_length(); }

void ValueColumn::append_null() {
  append_own_null();
  if (mixed_) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(own_length() - 1));
  }
}

void ValueColumn::append_own_null() {
  visit_own(*this, [](auto& column) { column.append_null(); });
}

void ValueColumn::become_mixed() {
  const int64_t rows = own_length();
  for (int64_t row = 0; row < rows; ++row) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(row));
  }
  mixed_ = was_mixed_ = true;
}

void ValueColumn::append_odd(const char* text, size_t size) {
  if (!mixed_) become_mixed();
  union_types_.append(1);
  union_places_.append(static_cast<int32_t>(odd_.length()));
  odd_.append(unsigned_bytes(text), size);
}

void ValueColumn::append_utf8(const char* text, size_t size) {
  if (!bytes_.append_text(unsigned_bytes(text), size)) [[unlikely]]
    throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, "the server sent text that is no UTF-8")
        .with_hint(
            "a database of encoding SQL_ASCII does not know what its bytes mean; read the column as bytea: "
            "convert_to(column, 'SQL_ASCII')");
}

// From here on `mixed_` columns count the row that follows.
void ValueColumn::append_timestamp(int64_t microseconds) {
  int64_t unix_time;
  if (microseconds == INT64_MAX) return append_odd("infinity", 8);
  if (microseconds == INT64_MIN) return append_odd("-infinity", 9);
  if (__builtin_add_overflow(microseconds, epoch_microseconds, &unix_time)) {
    const int64_t days = microseconds / microseconds_per_day;
    const std::string text = timestamp_text(days + epoch_days, microseconds - days * microseconds_per_day,
                                            codec_ == Codec::timestamptz);
    return append_odd(text.data(), text.size());
  }
  longs_.append(unix_time);
}

void ValueColumn::append_date(int32_t days) {
  if (days == INT32_MAX) return append_odd("infinity", 8);
  if (days == INT32_MIN) return append_odd("-infinity", 9);
  ints_.append(days + epoch_days);
}

void ValueColumn::append_time(int64_t microseconds) {
  if (microseconds < microseconds_per_day) [[likely]]
    return longs_.append(microseconds);
  append_odd("24:00:00", 8);
}

void ValueColumn::append_interval(int32_t months, int32_t days, int64_t microseconds) {
  int64_t nanoseconds;
  if (__builtin_mul_overflow(microseconds, INT64_C(1000), &nanoseconds)) {
    const std::string text = interval_text({months, days, microseconds});
    return append_odd(text.data(), text.size());
  }
  const uint64_t low =
      static_cast<uint32_t>(months) | (static_cast<uint64_t>(static_cast<uint32_t>(days)) << 32);
  wides_.append({low, static_cast<uint64_t>(nanoseconds)});
}

void ValueColumn::describe(std::vector<ArrayNode>& nodes) {
  if (!mixed_) return describe_own(nodes);
  nodes.push_back({union_types_.length(), 0, 2, 2, {}});
  const size_t at = nodes.size() - 1;
  std::vector<ArrayNode> parts;
  union_types_.describe(parts);
  union_places_.describe(parts);
  nodes[at].buffers = {parts[0].buffers[1], parts[1].buffers[1]};
  describe_own(nodes);
  odd_.describe(nodes);
}

void ValueColumn::describe_own(std::vector<ArrayNode>& nodes) {
  visit_own(*this, [&nodes](auto& column) { column.describe(nodes); });
}

void ValueColumn::clear() noexcept {
  visit_own(*this, [](auto& column) { column.clear(); });
  if (!mixed_) return;
  mixed_ = false;
  union_types_.clear();
  union_places_.clear();
  odd_.clear();
}

void ValueColumn::restart() noexcept {
  visit_own(*this, [](auto& column) { column.restart(); });
  if (!was_mixed_) return;
  mixed_ = was_mixed_ = false;
  union_types_.restart();
  union_places_.restart();
  odd_.restart();
}

}  // namespace psa::postgres
