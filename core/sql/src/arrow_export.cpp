#include "arrow_export.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/sql/arrow_metadata.hpp>

#include "arrow_format.hpp"
#include "arrow_share.hpp"
#include "column_builder.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

/// Every type that a value of a database without column types has (SQLite's storage classes).
constexpr std::initializer_list<Kind> dynamic_kinds = {Kind::int64, Kind::real, Kind::text, Kind::bytes};

/// A column as the stream promised it.
struct Target {
  Kind kind;  // of a union: null
  bool is_union;
  bool narrow;  // 32-bit offsets
};

bool holds(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

/// The Arrow format for a column that its first batch leaves open; nullptr where that one is well enough.
/// SQLite's affinity: https://sqlite.org/datatype3.html, 3.1.
const char* settled_format(const ArrowSchema& column) {
  const std::string_view format = column.format;
  std::string declared = schema_metadata(column, "psa.type");
  for (char& c : declared) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const bool numeric = holds(declared, {"NUM", "DEC"});
  if (format == "l" && numeric) return "g";
  if (format != "n" && !format.starts_with("+ud:")) return nullptr;
  if (holds(declared, {"INT", "BOOL"})) return "l";
  if (holds(declared, {"CHAR", "CLOB", "TEXT"})) return "u";
  if (holds(declared, {"BLOB"})) return "z";
  if (numeric || holds(declared, {"REAL", "FLOA", "DOUB"})) return "g";
  return "u";
}

struct BuiltColumn {
  ColumnBuilder builder;
  ArrowNodes nodes;
};

template <class T>
Value converted(const Cell& cell, const CellPlace& place) {
  return Value(convert<T>(cell, place));
}

Value convert_to(Kind kind, const Cell& cell, const CellPlace& place) {
  switch (kind) {
    case Kind::null:
      throw_conversion(cell, "NULL, as all before it were", place);
    case Kind::boolean:
      return converted<bool>(cell, place);
    case Kind::int64:
      return converted<std::int64_t>(cell, place);
    case Kind::uint64:
      return converted<std::uint64_t>(cell, place);
    case Kind::real:
      return converted<double>(cell, place);
    case Kind::decimal:
      return converted<Decimal>(cell, place);
    case Kind::text:
      return converted<std::string>(cell, place);
    case Kind::bytes:
      return converted<Bytes>(cell, place);
    case Kind::date:
      return converted<Date>(cell, place);
    case Kind::time:
      return converted<Time>(cell, place);
    case Kind::timestamp:
      return converted<Timestamp>(cell, place);
    case Kind::timestamp_tz:
      return converted<TimestampTz>(cell, place);
    case Kind::interval:
      return converted<Interval>(cell, place);
    case Kind::uuid:
      return converted<Uuid>(cell, place);
    case Kind::json:
      return converted<Json>(cell, place);
    case Kind::list:
      throw_conversion(cell, "the Arrow type of the schema", place);
  }
  return {};
}

class ExportStream {
 public:
  ExportStream(std::shared_ptr<ResultState> result, const ArrowExportOptions& options)
      : result_(std::move(result)), unions_(options.unions), settle_types_(options.settle_types) {
    if (options.schema != nullptr) promise(*options.schema);
  }

  ArrowSchema schema() {
    settle_schema();
    return copy_schema(*schema_);
  }

  ArrowArray next() {
    settle_schema();
    std::int64_t first = std::exchange(ahead_first_, 0);
    std::shared_ptr<const Batch> batch = std::exchange(ahead_, nullptr);
    if (batch == nullptr) batch = result_->next_batch(first);
    if (batch == nullptr) return {};
    const auto columns = static_cast<std::size_t>(schema_->n_children);
    std::vector<ArrowArray> arrays;
    try {
      for (std::size_t i = 0; i < columns; ++i) arrays.push_back(column(batch, i, first));
    } catch (...) {
      for (ArrowArray& array : arrays) array.release(&array);
      throw;
    }
    const std::int64_t length = batch->row_count() - first;
    row_ += length;
    return make_struct(length, std::move(arrays));
  }

  std::string error;

 private:
  /// The stream has one schema: the caller's, or the first batch's.
  void settle_schema() {
    if (schema_ != nullptr) return;
    ahead_ = result_->next_batch(ahead_first_);
    if (ahead_ == nullptr) {
      promise_names();
    } else {
      promise(ahead_->schema());
    }
  }

  /// No rows at all: the names are known, and of the types that there are no values.
  void promise_names() {
    ArrowNodes nodes;
    ArrowSchema& all = nodes.schema();
    std::vector<ArrowSchema*> children;
    const ColumnNames& known = result_->names();
    for (std::size_t i = 0; i < known.names.size(); ++i) {
      children.push_back(ColumnBuilder().view(nodes).schema);
      children.back()->name = nodes.keep(known.names[i]);
      if (known.type_names.size() > i)
        children.back()->metadata = nodes.keep(make_arrow_metadata("psa.type", known.type_names[i]));
    }
    all.format = "+s";
    nodes.set_children(all, std::move(children));
    promise(all);
  }

  void promise(const ArrowSchema& from) {
    const std::size_t columns = result_->names().names.size();
    if (static_cast<std::size_t>(from.n_children) != columns) {
      throw ArgumentError("the Arrow schema has " + std::to_string(from.n_children) +
                          " columns, the result " + std::to_string(columns));
    }
    if (!unions_ || settle_types_) {
      ArrowSchema copy = copy_schema(from);
      if (settle_types_) settle(copy);
      schema_ = std::make_shared<OwnedSchema>(copy);
    } else {
      ArrowNodes nodes;
      ArrowSchema& all = nodes.schema();
      std::vector<ArrowSchema*> children;
      for (std::int64_t i = 0; i < from.n_children; ++i) {
        ColumnBuilder column = ColumnBuilder::union_of(dynamic_kinds);
        column.narrow_offsets();
        children.push_back(column.view(nodes).schema);
        children.back()->name = from.children[i]->name;
      }
      all.format = "+s";
      nodes.set_children(all, std::move(children));
      ArrowSchema copy = copy_schema(all);
      schema_ = std::make_shared<OwnedSchema>(copy);
    }
    for (std::int64_t i = 0; i < schema_->n_children; ++i)
      targets_.push_back(target_of(*schema_->children[i]));
  }

  void settle(ArrowSchema& all) const {
    for (std::int64_t i = 0; i < all.n_children; ++i) {
      ArrowSchema& column = *all.children[i];
      if (unions_ && std::string_view(column.format).starts_with("+ud:")) continue;
      const char* format = settled_format(column);
      if (format == nullptr) continue;
      ArrowSchema plain{};
      plain.format = format;
      plain.name = column.name;
      plain.metadata = column.metadata;
      plain.flags = column.flags;
      ArrowSchema settled = copy_schema(plain);
      column.release(&column);
      column = settled;
    }
  }

  static Target target_of(const ArrowSchema& schema) {
    const std::string_view format = schema.format;
    if (format.starts_with("+ud:")) return {Kind::null, true, true};
    for (int i = 0; i <= static_cast<int>(Kind::list); ++i) {
      const auto kind = static_cast<Kind>(i);
      const ArrowFormat known = arrow_format(kind);
      const bool same_extension =
          (known.metadata == nullptr) == schema_metadata(schema, "ARROW:extension:name").empty();
      if (format == known.format && same_extension) return {kind, false, false};
    }
    if (format == "u") return {Kind::text, false, true};
    if (format == "z") return {Kind::bytes, false, true};
    return {Kind::list, false, false};  // passes through, or is refused at the first value that would not
  }

  ArrowArray column(const std::shared_ptr<const Batch>& batch, std::size_t index, std::int64_t first) {
    const ArrowSchema& wanted = *schema_->children[index];
    const ArrowSchema& given = *batch->schema().children[index];
    if (same_type(wanted, given)) {
      return share_array(*batch->array().children[index], batch->array().offset + first,
                         batch->row_count() - first, batch);
    }

    const Target& target = targets_[index];
    auto built = std::make_shared<BuiltColumn>();
    built->builder = target.is_union ? ColumnBuilder::union_of(dynamic_kinds) : ColumnBuilder(target.kind);
    const Column& column = batch->columns()[index];
    for (std::int64_t row = first; row < batch->row_count(); ++row) {
      const Cell cell = cell_at(column, row);
      if (cell.kind == Kind::null || target.is_union) {
        check_union(cell, target, index, row - first);
        built->builder.append(cell);
        continue;
      }
      try {
        const Value value = convert_to(target.kind, cell, {static_cast<std::int64_t>(index), wanted.name});
        built->builder.append(cell_of(value));
      } catch (const ConversionError& failure) {
        throw ConversionError("row " + std::to_string(row_ + row - first) + ", " + failure.what() +
                              "; give export_arrow a schema that fits all rows, or ask for unions");
      }
    }
    if (target.narrow) built->builder.narrow_offsets();
    const ColumnBuilder::View view = built->builder.view(built->nodes);
    return share_array(*view.array, 0, view.array->length, built);
  }

  void check_union(const Cell& cell, const Target& target, std::size_t column, std::int64_t row) const {
    if (!target.is_union || cell.kind == Kind::null) return;
    for (const Kind kind : dynamic_kinds) {
      if (kind == cell.kind) return;
    }
    throw ConversionError("row " + std::to_string(row_ + row) + ", column " + std::to_string(column) +
                          ": a " + std::string(to_string(cell.kind)) + " is none of the union's types");
  }

  std::shared_ptr<ResultState> result_;
  bool unions_;
  bool settle_types_;
  std::shared_ptr<const OwnedSchema> schema_;
  std::vector<Target> targets_;
  std::shared_ptr<const Batch> ahead_;
  std::int64_t ahead_first_ = 0;
  std::int64_t row_ = 0;
};

ExportStream& stream_of(ArrowArrayStream* stream) {
  return *static_cast<ExportStream*>(stream->private_data);
}

/// Arrow's streams tell failures by errno and a text.
template <class Function>
int guarded(ArrowArrayStream* stream, Function function) {
  try {
    function(stream_of(stream));
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& failure) {
    stream_of(stream).error = failure.what();
    return EIO;
  }
}

}  // namespace

void export_arrow(std::shared_ptr<ResultState> result, const ArrowExportOptions& options,
                  ArrowArrayStream* out) {
  if (!result->returns_rows()) throw ResourceClosedError("This result object does not return rows.");
  auto stream = std::make_unique<ExportStream>(std::move(result), options);
  *out = {};
  out->get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
    return guarded(self, [schema](ExportStream& from) { *schema = from.schema(); });
  };
  out->get_next = [](ArrowArrayStream* self, ArrowArray* array) {
    return guarded(self, [array](ExportStream& from) { *array = from.next(); });
  };
  out->get_last_error = [](ArrowArrayStream* self) -> const char* {
    return stream_of(self).error.empty() ? nullptr : stream_of(self).error.c_str();
  };
  out->release = [](ArrowArrayStream* self) {
    delete &stream_of(self);
    self->release = nullptr;
  };
  out->private_data = stream.release();
}

}  // namespace prefect_sqlalchemy::detail
