// SPDX-License-Identifier: Apache-2.0
#include "result_column.hpp"

#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "calendar.hpp"
#include "text_value.hpp"

namespace psa::mysql {

ResultColumn::ResultColumn(const MYSQL_FIELD& field, ColumnType type)
    : name_(field.name, field.name_length),
      type_(std::move(type)),
      wire_type_(field.type),
      wire_flags_(field.flags),
      wire_charset_(field.charsetnr),
      cell_(type_.kind, field.length),
      dates_(type_.kind == ColumnKind::timestamp) {}

bool ResultColumn::is_like(const MYSQL_FIELD& field) const noexcept {
  return wire_type_ == field.type && wire_flags_ == field.flags && wire_charset_ == field.charsetnr &&
         name_ == std::string_view(field.name, field.name_length);
}

int64_t ResultColumn::append(MYSQL_STMT* statement, unsigned index) {
  if (cell_.is_null()) {
    append_null();
    return 1;
  }
  const BoundCell::Number& number = cell_.number();
  switch (type_.kind) {
    case ColumnKind::int8:
      integers_.append(number.int8);
      break;
    case ColumnKind::int16:
      integers_.append(number.int16);
      break;
    case ColumnKind::int32:
      integers_.append(number.int32);
      break;
    case ColumnKind::uint8:
      integers_.append(number.uint8);
      break;
    case ColumnKind::uint16:
      integers_.append(number.uint16);
      break;
    case ColumnKind::uint32:
      integers_.append(number.uint32);
      break;
    case ColumnKind::int64:
    case ColumnKind::uint64:
      integers_.append(number.int64);
      break;
    case ColumnKind::real32:
      floats_.append(number.real32);
      break;
    case ColumnKind::real64:
      reals_.append(number.real64);
      break;
    case ColumnKind::time:
      integers_.append(time_of(cell_.time()));
      break;
    case ColumnKind::date:
    case ColumnKind::timestamp:
      dates_.append(cell_.time());
      break;
    case ColumnKind::uuid: {
      const auto text = cell_.bytes(statement, index);
      uuids_.append(uuid_of_text({reinterpret_cast<const char*>(text.data()), text.size()}));
      break;
    }
    case ColumnKind::text:
    case ColumnKind::bytes:
      return append_bytes(cell_.bytes(statement, index));
    case ColumnKind::null:
      break;
  }
  return 8;
}

int64_t ResultColumn::append_text(const char* data, size_t size) {
  if (data == nullptr) {
    append_null();
    return 1;
  }
  const std::string_view text(data, size);
  switch (type_.kind) {
    case ColumnKind::real32:
      floats_.append(static_cast<float>(real_of_text(text)));
      break;
    case ColumnKind::real64:
      reals_.append(real_of_text(text));
      break;
    case ColumnKind::time:
      integers_.append(time_of(time_of_text(text)));
      break;
    case ColumnKind::date:
    case ColumnKind::timestamp:
      dates_.append(date_of_text(text));
      break;
    case ColumnKind::uuid:
      uuids_.append(uuid_of_text(text));
      break;
    case ColumnKind::text:
    case ColumnKind::bytes:
      return append_bytes({reinterpret_cast<const uint8_t*>(data), size});
    case ColumnKind::null:
      break;
    case ColumnKind::uint64:
      integers_.append(static_cast<int64_t>(unsigned_of_text(text)));
      break;
    default:
      integers_.append(integer_of_text(text));
      break;
  }
  return 8;
}

void ResultColumn::append_null() {
  switch (type_.kind) {
    case ColumnKind::date:
    case ColumnKind::timestamp:
      dates_.append_null();
      break;
    case ColumnKind::real32:
      floats_.append_null();
      break;
    case ColumnKind::real64:
      reals_.append_null();
      break;
    case ColumnKind::uuid:
      uuids_.append_null();
      break;
    case ColumnKind::text:
    case ColumnKind::bytes:
      bytes_.append_null();
      break;
    case ColumnKind::null:
      break;
    default:
      integers_.append_null();
      break;
  }
}

int64_t ResultColumn::append_bytes(std::span<const uint8_t> bytes) {
  if (type_.kind == ColumnKind::bytes) {
    bytes_.append(bytes.data(), bytes.size());
  } else if (!bytes_.append_text(bytes.data(), bytes.size())) {
    DriverError error(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                      "Could not decode to UTF-8 column '" + name_ + "'");
    error.with_hint("read it as bytes: CAST(" + name_ + " AS BINARY)");
    error.column = name_;
    throw error;
  }
  return static_cast<int64_t>(bytes.size()) + 8;
}

SchemaField ResultColumn::field() const {
  if (type_.kind == ColumnKind::date || type_.kind == ColumnKind::timestamp)
    return dates_.field(name_, type_.metadata);
  return {arrow_format(type_.kind), name_, type_.metadata};
}

template <class Visit>
void ResultColumn::visit_own(Visit visit) {
  switch (type_.kind) {
    case ColumnKind::date:
    case ColumnKind::timestamp:
      return visit(dates_);
    case ColumnKind::real32:
      return visit(floats_);
    case ColumnKind::real64:
      return visit(reals_);
    case ColumnKind::uuid:
      return visit(uuids_);
    case ColumnKind::text:
    case ColumnKind::bytes:
      return visit(bytes_);
    case ColumnKind::null:
      return;
    default:
      return visit(integers_);
  }
}

void ResultColumn::describe(std::vector<ArrayNode>& nodes, int64_t rows) {
  if (type_.kind == ColumnKind::null) {
    nodes.push_back({rows, rows, 0, 0});
    return;
  }
  visit_own([&](auto& column) {
    if constexpr (requires { column.describe(nodes, rows); })
      column.describe(nodes, rows);
    else
      column.describe(nodes);
  });
}

void ResultColumn::clear() noexcept {
  visit_own([](auto& column) { column.clear(); });
}

void ResultColumn::restart() noexcept {
  visit_own([](auto& column) { column.restart(); });
  cell_.restart();
}

}  // namespace psa::mysql
