// SPDX-License-Identifier: Apache-2.0
#include "moment_column.hpp"

#include <array>
#include <span>

namespace psa::odbc {
namespace {

constexpr std::array<SchemaField, 2> date_parts = {SchemaField{"tdD", "date"}, SchemaField{"u", "text"}};
constexpr std::array<SchemaField, 2> time_parts = {SchemaField{"ttu", "time"}, SchemaField{"u", "text"}};
constexpr std::array<SchemaField, 2> timestamp_parts = {SchemaField{"tsu:", "timestamp"},
                                                        SchemaField{"u", "text"}};
constexpr std::array<SchemaField, 2> zoned_parts = {SchemaField{"tsu:UTC", "timestamp"},
                                                    SchemaField{"u", "text"}};

std::span<const SchemaField> parts_of(ColumnKind kind) {
  if (kind == ColumnKind::date) return date_parts;
  if (kind == ColumnKind::time) return time_parts;
  return kind == ColumnKind::timestamp ? std::span<const SchemaField>(timestamp_parts) : zoned_parts;
}

}  // namespace

void MomentColumn::append(int64_t value) {
  if (is_date())
    days_.append(static_cast<int32_t>(value));
  else
    values_.append(value);
  point_to_moment();
}

void MomentColumn::append_null() {
  if (is_date())
    days_.append_null();
  else
    values_.append_null();
  point_to_moment();
}

void MomentColumn::append_text(std::string_view text) {
  if (!is_union_) {
    for (int64_t row = 0; row < moments(); ++row) {
      types_.append(0);
      offsets_.append(static_cast<int32_t>(row));
    }
    is_union_ = true;
  }
  texts_.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  types_.append(1);
  offsets_.append(static_cast<int32_t>(texts_.length() - 1));
}

void MomentColumn::point_to_moment() {
  if (!is_union_) return;
  types_.append(0);
  offsets_.append(static_cast<int32_t>(moments() - 1));
}

SchemaField MomentColumn::field(std::string_view name, std::string_view metadata) const {
  SchemaField field{is_union_ ? "+ud:0,1" : arrow_format(kind_), name, metadata};
  if (is_union_) field.children = parts_of(kind_);
  return field;
}

void MomentColumn::describe(std::vector<ArrayNode>& nodes, int64_t rows) {
  if (is_union_) {
    // Only their buffers: a dense union has no bitmap of its own.
    std::vector<ArrayNode> parts;
    types_.describe(parts);
    offsets_.describe(parts);
    nodes.push_back({rows, 0, 2, 2, {parts[0].buffers[1], parts[1].buffers[1]}});
  }
  if (is_date())
    days_.describe(nodes);
  else
    values_.describe(nodes);
  if (is_union_) texts_.describe(nodes);
}

void MomentColumn::clear() noexcept {
  days_.clear();
  values_.clear();
  texts_.clear();
  types_.clear();
  offsets_.clear();
}

void MomentColumn::restart() noexcept {
  days_.restart();
  values_.restart();
  texts_.restart();
  types_.restart();
  offsets_.restart();
  is_union_ = false;
}

}  // namespace psa::odbc
