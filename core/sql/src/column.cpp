#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include <prefect_sqlalchemy/sql/arrow_metadata.hpp>
#include <prefect_sqlalchemy/sql/column.hpp>

#include "decimal128.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

[[noreturn]] void throw_format(const ArrowSchema& schema) {
  throw InterfaceError("the driver sent a column of the Arrow type \"" +
                       std::string(schema.format == nullptr ? "" : schema.format) +
                       "\", which this library does not read");
}

std::int32_t number(std::string_view text) {
  std::int32_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// Units of time: s m u n.
void set_unit(Column& column, char unit) {
  switch (unit) {
    case 's':
      column.multiply = 1'000'000;
      break;
    case 'm':
      column.multiply = 1'000;
      break;
    case 'n':
      column.divide = 1'000;
      break;
    default:
      break;
  }
}

struct Plain {
  char format;
  Kind kind;
  Storage storage;
};

constexpr Plain plain_types[] = {
    {'n', Kind::null, Storage::null},    {'b', Kind::boolean, Storage::bit},
    {'c', Kind::int64, Storage::int8},   {'s', Kind::int64, Storage::int16},
    {'i', Kind::int64, Storage::int32},  {'l', Kind::int64, Storage::int64},
    {'C', Kind::int64, Storage::uint8},  {'S', Kind::int64, Storage::uint16},
    {'I', Kind::int64, Storage::uint32}, {'L', Kind::uint64, Storage::uint64},
    {'f', Kind::real, Storage::float32}, {'g', Kind::real, Storage::float64},
    {'u', Kind::text, Storage::var32},   {'U', Kind::text, Storage::var64},
    {'z', Kind::bytes, Storage::var32},  {'Z', Kind::bytes, Storage::var64},
};

void set_type(Column& column, const ArrowSchema& schema) {
  const std::string_view format = schema.format == nullptr ? "" : schema.format;
  if (schema.dictionary != nullptr || format.empty()) throw_format(schema);
  if (format.size() == 1) {
    for (const Plain& plain : plain_types) {
      if (plain.format == format[0]) {
        column.kind = plain.kind;
        column.storage = plain.storage;
        return;
      }
    }
    throw_format(schema);
  }
  if (format.starts_with("ts") && format.size() >= 4 && format[3] == ':') {
    column.kind = format.size() > 4 ? Kind::timestamp_tz : Kind::timestamp;
    column.storage = Storage::int64;
    set_unit(column, format[2]);
  } else if (format == "tdD") {
    column.kind = Kind::date;
    column.storage = Storage::int32;
  } else if (format == "tdm") {
    column.kind = Kind::date;
    column.storage = Storage::date_ms;
  } else if (format == "tts" || format == "ttm" || format == "ttu" || format == "ttn") {
    column.kind = Kind::time;
    column.storage = format[2] == 's' || format[2] == 'm' ? Storage::int32 : Storage::int64;
    set_unit(column, format[2]);
  } else if (format == "tin") {
    column.kind = Kind::interval;
    column.storage = Storage::interval;
  } else if (format == "tiM") {
    column.kind = Kind::interval;
    column.storage = Storage::interval_months;
  } else if (format.starts_with("w:")) {
    column.kind = Kind::bytes;
    column.storage = Storage::fixed;
    column.width = number(format.substr(2));
  } else if (format.starts_with("d:")) {
    const auto comma = format.find(',');
    const auto second = format.find(',', comma + 1);
    if (comma == format.npos) throw_format(schema);
    column.kind = Kind::decimal;
    column.storage = Storage::decimal;
    column.scale = number(format.substr(comma + 1));
    column.width = second == format.npos ? 16 : number(format.substr(second + 1)) / 8;
    if (column.width != 16) throw_format(schema);
  } else if (format.starts_with("+ud:")) {
    column.storage = Storage::dense_union;
  } else if (format == "+l" || format == "+L") {
    column.kind = Kind::list;
    column.storage = format == "+l" ? Storage::list32 : Storage::list64;
  } else {
    throw_format(schema);
  }
}

void set_extension(Column& column, const ArrowSchema& schema) {
  if (schema.metadata == nullptr) return;
  const std::string_view name = arrow_metadata(schema.metadata, "ARROW:extension:name");
  const bool text = column.storage == Storage::var32 || column.storage == Storage::var64;
  if (name == "arrow.json" && text) column.kind = Kind::json;
  if (name == "psa.decimal" && text) column.kind = Kind::decimal;
  if (name == "arrow.uuid" && column.storage == Storage::fixed && column.width == 16)
    column.kind = Kind::uuid;
}

std::int64_t buffers_of(Storage storage) {
  switch (storage) {
    case Storage::null:
      return 0;
    case Storage::var32:
    case Storage::var64:
      return 3;
    default:
      return 2;
  }
}

void read_union_types(Column& column, std::string_view format) {
  std::vector<std::int8_t>& child_of_type = column.nested.make().child_of_type;
  child_of_type.assign(128, -1);
  std::size_t at = 4;
  for (std::int8_t child = 0; at < format.size(); ++child) {
    const auto comma = std::min(format.find(',', at), format.size());
    const std::int32_t type = number(format.substr(at, comma - at));
    if (type >= 0 && type < 128) child_of_type[static_cast<std::size_t>(type)] = child;
    at = comma + 1;
  }
}

template <class T>
T load(const Column& column, std::int64_t row) {
  T out;
  std::memcpy(
      &out,
      static_cast<const char*>(column.data) + (row + column.offset) * static_cast<std::int64_t>(sizeof(T)),
      sizeof(T));
  return out;
}

template <class Offset>
std::string_view var_text(const Column& column, std::int64_t row) {
  const auto* offsets = static_cast<const Offset*>(column.offsets) + column.offset + row;
  return {static_cast<const char*>(column.data) + offsets[0],
          static_cast<std::size_t>(offsets[1] - offsets[0])};
}

template <class Offset>
Cell list_cell(const Column& column, std::int64_t row) {
  const auto* offsets = static_cast<const Offset*>(column.offsets) + column.offset + row;
  return {.kind = Kind::list,
          .integer = offsets[0],
          .column = &column.nested->children[0],
          .count = offsets[1] - offsets[0]};
}

std::int64_t in_microseconds(const Column& column, std::int64_t stored) {
  if (column.divide == 1 && column.multiply == 1) return stored;
  if (column.divide != 1) {
    if (stored % column.divide != 0) {
      throw ConversionError("a value has parts below a microsecond, which this library's times do not hold");
    }
    return stored / column.divide;
  }
  std::int64_t out = 0;
  if (__builtin_mul_overflow(stored, column.multiply, &out)) {
    throw ConversionError("a time lies beyond what microseconds in 64 bits hold");
  }
  return out;
}

/// All that the schema tells of a column.
Column typed_column(const ArrowSchema& schema) {
  Column column;
  set_type(column, schema);
  set_extension(column, schema);
  if (column.storage == Storage::dense_union) read_union_types(column, schema.format);
  if (column.storage == Storage::null || schema.n_children == 0) return column;
  std::vector<Column>& children = column.nested.make().children;
  children.reserve(static_cast<std::size_t>(schema.n_children));
  for (std::int64_t i = 0; i < schema.n_children; ++i) children.push_back(typed_column(*schema.children[i]));
  return column;
}

/// Points a typed column at its data.
void fill(Column& column, const ArrowSchema& schema, const ArrowArray& array, std::int64_t parent_offset) {
  column.offset = array.offset + parent_offset;
  if (column.storage == Storage::dense_union) {
    if (array.n_buffers != 2) throw_format(schema);
    column.data = array.buffers[0];
    column.offsets = array.buffers[1];
  } else {
    if (array.n_buffers < buffers_of(column.storage)) throw_format(schema);
    if (column.storage == Storage::null) return;
    if (array.null_count != 0) column.validity = static_cast<const std::uint8_t*>(array.buffers[0]);
    if (column.storage == Storage::var32 || column.storage == Storage::var64) {
      column.offsets = array.buffers[1];
      column.data = array.buffers[2];
    } else if (column.storage == Storage::list32 || column.storage == Storage::list64) {
      column.offsets = array.buffers[1];
      if (array.n_children != 1) throw_format(schema);
    } else {
      column.data = array.buffers[1];
    }
  }
  if (array.n_children != schema.n_children) throw_format(schema);
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    fill(column.nested.make().children[static_cast<std::size_t>(i)], *schema.children[i], *array.children[i],
         0);
  }
}

}  // namespace

NestedColumns& NestedPointer::make() {
  if (owned_ == nullptr) owned_ = new NestedColumns();
  return *owned_;
}

NestedColumns* NestedPointer::copy(const NestedColumns& from) { return new NestedColumns(from); }

void NestedPointer::destroy(NestedColumns* owned) noexcept { delete owned; }

Column make_column(const ArrowSchema& schema, const ArrowArray& array, std::int64_t parent_offset) {
  Column column = typed_column(schema);
  fill(column, schema, array, parent_offset);
  return column;
}

Cell cell_at(const Column& column, std::int64_t row) {
  if (column.storage == Storage::dense_union) {
    const auto type = static_cast<const std::int8_t*>(column.data)[column.offset + row];
    const auto at = static_cast<const std::int32_t*>(column.offsets)[column.offset + row];
    const std::int8_t child =
        type < 0 ? std::int8_t{-1} : column.nested->child_of_type[static_cast<std::size_t>(type)];
    if (child < 0 || static_cast<std::size_t>(child) >= column.nested->children.size()) {
      throw InterfaceError("the driver sent a union with a type that it did not declare");
    }
    return cell_at(column.nested->children[static_cast<std::size_t>(child)], at);
  }
  if (column.is_null(row)) return {};
  Cell cell{.kind = column.kind};
  switch (column.storage) {
    case Storage::null:
    case Storage::dense_union:
      break;
    case Storage::bit: {
      const std::int64_t bit = row + column.offset;
      cell.integer = static_cast<const std::uint8_t*>(column.data)[bit >> 3] >> (bit & 7) & 1;
      break;
    }
    case Storage::int8:
      cell.integer = load<std::int8_t>(column, row);
      break;
    case Storage::int16:
      cell.integer = load<std::int16_t>(column, row);
      break;
    case Storage::int32:
      cell.integer = load<std::int32_t>(column, row);
      break;
    case Storage::uint8:
      cell.integer = load<std::uint8_t>(column, row);
      break;
    case Storage::uint16:
      cell.integer = load<std::uint16_t>(column, row);
      break;
    case Storage::uint32:
      cell.integer = load<std::uint32_t>(column, row);
      break;
    case Storage::int64:
    case Storage::uint64:
      cell.integer = load<std::int64_t>(column, row);
      break;
    case Storage::float32:
      cell.real = load<float>(column, row);
      break;
    case Storage::float64:
      cell.real = load<double>(column, row);
      break;
    case Storage::fixed:
      cell.text = {static_cast<const char*>(column.data) + (row + column.offset) * column.width,
                   static_cast<std::size_t>(column.width)};
      break;
    case Storage::var32:
      cell.text = var_text<std::int32_t>(column, row);
      break;
    case Storage::var64:
      cell.text = var_text<std::int64_t>(column, row);
      break;
    case Storage::date_ms:
      cell.integer = load<std::int64_t>(column, row) / 86'400'000;
      break;
    case Storage::interval: {
      struct MonthDayNano {
        std::int32_t months, days;
        std::int64_t nanoseconds;
      };
      const auto parts = load<MonthDayNano>(column, row);
      cell.interval = {parts.months, parts.days, parts.nanoseconds};
      break;
    }
    case Storage::interval_months:
      cell.interval.months = load<std::int32_t>(column, row);
      break;
    case Storage::decimal:
      // A decimal's text exists nowhere in the batch; it lives in a small ring of this thread.
      cell.text = decimal128_text(
          static_cast<const char*>(column.data) + (row + column.offset) * column.width, column.scale);
      break;
    case Storage::list32:
      return list_cell<std::int32_t>(column, row);
    case Storage::list64:
      return list_cell<std::int64_t>(column, row);
  }
  if (column.multiply != 1 || column.divide != 1) cell.integer = in_microseconds(column, cell.integer);
  return cell;
}

std::int64_t ColumnNames::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<std::int64_t>(i);
  }
  return -1;
}

BatchLayout::BatchLayout(ArrowSchema& from) : schema(from) {
  try {
    columns.reserve(static_cast<std::size_t>(schema.n_children));
    for (std::int64_t i = 0; i < schema.n_children; ++i) columns.push_back(typed_column(*schema.children[i]));
  } catch (const InterfaceError&) {
    // Each batch says so, also those of later executions, to which the driver tells no schema any more.
    columns.clear();
  }
}

Batch::Batch(std::shared_ptr<const BatchLayout> layout, ArrowArray& array,
             std::shared_ptr<const ColumnNames> names)
    : layout_(std::move(layout)), array_(std::exchange(array, ArrowArray{})), names_(std::move(names)) {
  try {
    if (layout_ == nullptr) throw InterfaceError("the driver sent its first batch without a schema");
    const ArrowSchema& schema = layout_->schema;
    if (schema.n_children != array_.n_children) {
      throw InterfaceError("the driver sent a batch of " + std::to_string(array_.n_children) +
                           " columns with a schema of " + std::to_string(schema.n_children));
    }
    columns_.assign(layout_->columns.begin(), layout_->columns.end());
    for (std::int64_t i = 0; i < array_.n_children; ++i) {
      const auto at = static_cast<std::size_t>(i);
      // Reading the type once more throws what is wrong with it.
      if (at == columns_.size()) columns_.push_back(typed_column(*schema.children[i]));
      fill(columns_[at], *schema.children[i], *array_.children[i], array_.offset);
    }
  } catch (...) {
    if (array_.release != nullptr) array_.release(&array_);
    throw;
  }
}

Batch::~Batch() {
  if (array_.release != nullptr) array_.release(&array_);
}

std::string schema_metadata(const ArrowSchema& schema, std::string_view key) {
  return std::string(arrow_metadata(schema.metadata, key));
}

}  // namespace prefect_sqlalchemy::detail
