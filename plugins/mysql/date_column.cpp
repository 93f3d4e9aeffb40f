// SPDX-License-Identifier: Apache-2.0
#include "date_column.hpp"

#include <array>
#include <span>
#include <string>

#include "calendar.hpp"

namespace psa::mysql {
namespace {

constexpr std::array<SchemaField, 2> date_children = {SchemaField{"tdD", "date"}, SchemaField{"u", "text"}};
constexpr std::array<SchemaField, 2> timestamp_children = {SchemaField{"tsu:", "timestamp"},
                                                           SchemaField{"u", "text"}};

}  // namespace

void DateColumn::append(const MYSQL_TIME& value) {
  if (!is_calendar_date(value)) {
    if (!is_union_) become_union();
    const std::string text = date_text(value, has_time_);
    texts_.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    types_.append(1);
    offsets_.append(static_cast<int32_t>(texts_.length() - 1));
    return;
  }
  if (has_time_)
    timestamps_.append(timestamp_of(value));
  else
    days_.append(static_cast<int32_t>(days_of(value.year, value.month, value.day)));
  point_to_date();
}

void DateColumn::append_null() {
  if (has_time_)
    timestamps_.append_null();
  else
    days_.append_null();
  point_to_date();
}

void DateColumn::point_to_date() {
  if (!is_union_) return;
  types_.append(0);
  offsets_.append(static_cast<int32_t>(dates() - 1));
}

void DateColumn::become_union() {
  for (int64_t row = 0; row < dates(); ++row) {
    types_.append(0);
    offsets_.append(static_cast<int32_t>(row));
  }
  is_union_ = true;
}

SchemaField DateColumn::field(std::string_view name, std::string_view metadata) const {
  if (!is_union_) return {has_time_ ? "tsu:" : "tdD", name, metadata};
  SchemaField field{"+ud:0,1", name, metadata};
  field.children = has_time_ ? std::span<const SchemaField>(timestamp_children)
                             : std::span<const SchemaField>(date_children);
  return field;
}

void DateColumn::describe(std::vector<ArrayNode>& nodes, int64_t rows) {
  if (is_union_) {
    // Only their buffers: a dense union has no bitmap of its own.
    std::vector<ArrayNode> parts;
    types_.describe(parts);
    offsets_.describe(parts);
    nodes.push_back({rows, 0, 2, 2, {parts[0].buffers[1], parts[1].buffers[1]}});
  }
  if (has_time_)
    timestamps_.describe(nodes);
  else
    days_.describe(nodes);
  if (is_union_) texts_.describe(nodes);
}

void DateColumn::clear() noexcept {
  days_.clear();
  timestamps_.clear();
  texts_.clear();
  types_.clear();
  offsets_.clear();
}

void DateColumn::restart() noexcept {
  days_.restart();
  timestamps_.restart();
  texts_.restart();
  types_.restart();
  offsets_.restart();
  is_union_ = false;
}

}  // namespace psa::mysql
