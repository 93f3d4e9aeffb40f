#include <algorithm>
#include <charconv>

#include <psa/sdk/arrow_array.hpp>
#include <psa/sdk/fetch_limits.hpp>
#include <psa/sdk/iso_text.hpp>

#include "driver.hpp"

namespace csv {

// A parameter is compared as a literal of its text is.
static std::optional<std::string> text_of(const psa::ParameterColumn& given) {
  const auto [column, row] = given.resolve(0);
  if (column->is_null(row)) return std::nullopt;
  char digits[32];
  switch (column->kind()) {
    case psa::ParameterKind::integer:
      return std::to_string(column->integer(row));
    case psa::ParameterKind::unsigned_integer:
      return std::to_string(column->unsigned_integer(row));
    case psa::ParameterKind::real:
      return std::string(digits, std::to_chars(digits, std::end(digits), column->real(row)).ptr);
    case psa::ParameterKind::boolean:
      return column->boolean(row) ? "true" : "false";
    case psa::ParameterKind::text:
      return std::string(column->bytes(row));
    case psa::ParameterKind::date:
      if (const auto iso = psa::IsoText::date(column->days(row))) return std::string(iso->view());
      [[fallthrough]];
    default:
      throw psa::DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                             "a parameter of type " + std::string(psa::kind_name(column->kind())) +
                                 " is compared with nothing in a file")
          .with_parameter_column(0);
  }
}

Result::Result(std::shared_ptr<Connection> connection, const Query& query, const psa::ParameterBatch& parameters)
    : connection_(std::move(connection)),
      file_(std::in_place, connection_->folder(), query.file, connection_->separator()),
      has_rows_(true),
      columns_(file_->columns()) {
  for (size_t i = 0; query.columns.empty() && i < columns_.size(); ++i) selected_.push_back(i);
  for (const auto& name : query.columns) selected_.push_back(find_column(name));
  for (const Condition& condition : query.conditions) {
    Test test{find_column(condition.column), condition.comparison, {}};
    const std::optional<std::string> text =
        condition.parameter ? text_of(parameters.columns()[*condition.parameter]) : condition.literal;
    const bool compares = test.comparison != Comparison::null && test.comparison != Comparison::not_null;
    const Column& column = columns_[test.column];
    if (compares && text) {
      const auto value = parse_value(column.type, *text);
      if (!value)
        throw psa::DriverError(PSA_ERROR, PSA_CATEGORY_DATA,
                               "what " + column.name + " is compared with is no " + std::string(name_of(column.type)));
      test.value = *value;
    }
    tests_.push_back(std::move(test));
  }
  for (const size_t i : selected_) {
    switch (columns_[i].type) {
      case Type::text:
        builders_.emplace_back(std::in_place_type<psa::BytesColumn>);
        break;
      case Type::int64:
        builders_.emplace_back(std::in_place_type<psa::Int64Column>);
        break;
      case Type::float64:
        builders_.emplace_back(std::in_place_type<psa::DoubleColumn>);
        break;
      case Type::boolean:
        builders_.emplace_back(std::in_place_type<psa::BoolColumn>);
        break;
      case Type::date:
        builders_.emplace_back(std::in_place_type<psa::FixedColumn<int32_t>>);
        break;
    }
  }
}

size_t Result::find_column(const std::string& name) const {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == name) return i;
  psa::DriverError error(PSA_ERROR, PSA_CATEGORY_PROGRAMMING, "the file has no column " + name);
  error.sqlstate = "42703";
  throw error;
}

void Result::info(psa_result_info& out) const noexcept {
  out.kind = has_rows_ ? PSA_RESULT_ROWS : PSA_RESULT_NONE;
  out.flags = file_ || late_error_ ? 0 : PSA_RESULT_FINISHED;
  out.rows_affected = -1;
  out.last_insert_id = 0;
  out.column_count = static_cast<int64_t>(selected_.size());
}

ArrowSchema Result::schema() const {
  constexpr std::string_view formats[] = {"u", "l", "g", "b", "tdD"};  // in the order of Type
  std::vector<std::string> metadata;
  std::vector<psa::SchemaField> fields;
  for (const size_t i : selected_) metadata.push_back(psa::encode_metadata({{"psa.type", name_of(columns_[i].type)}}));
  for (size_t i = 0; i < selected_.size(); ++i) {
    const Column& column = columns_[selected_[i]];
    fields.push_back({formats[static_cast<size_t>(column.type)], column.name, metadata[i]});
  }
  return psa::make_schema(fields);
}

// The bytes that the row takes, roughly.
int64_t Result::append(const std::vector<Value>& row) {
  int64_t bytes = 0;
  for (size_t i = 0; i < selected_.size(); ++i) {
    const Value& value = row[selected_[i]];
    bytes += 8;
    std::visit(
        [&](auto& column) {
          using Kind = std::decay_t<decltype(column)>;
          if (std::holds_alternative<std::monostate>(value)) {
            column.append_null();
          } else if constexpr (std::is_same_v<Kind, psa::BytesColumn>) {
            const auto& text = std::get<std::string>(value);
            column.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
            bytes += static_cast<int64_t>(text.size());
          } else if constexpr (std::is_same_v<Kind, psa::Int64Column>) {
            column.append(std::get<int64_t>(value));
          } else if constexpr (std::is_same_v<Kind, psa::DoubleColumn>) {
            column.append(std::get<double>(value));
          } else if constexpr (std::is_same_v<Kind, psa::BoolColumn>) {
            column.append(std::get<bool>(value));
          } else {
            column.append(std::get<Date>(value).days);
          }
        },
        builders_[i]);
  }
  return bytes;
}

void Result::next(const psa_fetch& fetch, psa_batch& out) {
  connection_->check_open();
  psa::check_limits(fetch);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  int64_t rows = 0, bytes = 0;
  try {
    while (file_ && rows < fetch.max_rows && bytes < fetch.max_bytes) {
      const std::vector<Value>* row = file_->next();
      if (row == nullptr) {
        file_.reset();
      } else if (std::all_of(tests_.begin(), tests_.end(), [&](const Test& test) {
                   return holds((*row)[test.column], test.comparison, test.value);
                 })) {
        bytes += append(*row);
        ++rows;
      }
    }
  } catch (psa::DriverError& error) {
    file_.reset();
    if (rows == 0) throw;
    late_error_ = std::move(error);  // the rows before it come first
  }
  if (file_ && file_->at_end()) file_.reset();
  out.schema = {};
  out.array = {};
  if (rows > 0) {
    std::vector<psa::ArrayNode> nodes{{rows, 0, static_cast<uint32_t>(builders_.size()), 1}};
    for (Builder& each : builders_) std::visit([&](auto& column) { column.describe(nodes); }, each);
    ArrowSchema told = schema();
    try {
      out.array = psa::make_array(nodes);
    } catch (...) {
      told.release(&told);
      throw;
    }
    out.schema = told;
    for (Builder& each : builders_) std::visit([](auto& column) { column.clear(); }, each);
  }
  out.flags = file_ || late_error_ ? 0 : PSA_BATCH_LAST;
}

}  // namespace csv
