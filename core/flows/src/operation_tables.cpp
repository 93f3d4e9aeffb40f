#include "operation_tables.hpp"

#include <cstdio>
#include <utility>

#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>

#include "run_id.hpp"

namespace prefect::detail {
namespace {

// A table is read by people: what is larger hides what they look for, and servers limit a request's size.
constexpr std::size_t statement_in_table = 4'000;
constexpr std::size_t table_bytes = 500'000;

double milliseconds_of(const OperationRun& operation) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(operation.duration).count();
  return static_cast<double>(count) / 1000.0;
}

std::string milliseconds_text(const OperationRun& operation) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", milliseconds_of(operation));
  return text;
}

}  // namespace

std::string OperationTables::line(const OperationRun& operation) {
  std::string text = limited(operation.statement, statement_in_table) + " - ";
  if (!operation.error.empty()) {
    text += "failed after " + milliseconds_text(operation) + " ms";
  } else {
    if (operation.rows >= 0)
      text += std::to_string(operation.rows) + (operation.rows == 1 ? " row in " : " rows in ");
    text += milliseconds_text(operation) + " ms";
  }
  text += " (" + operation.driver + ")";
  if (!operation.error.empty()) text += ": " + operation.error;
  return text;
}

void OperationTables::add(const OperationRun& operation) {
  const std::string& run =
      operation.place.task_run_id.empty() ? operation.place.flow_run_id : operation.place.task_run_id;
  Artifact& table = tables_[run];
  table.place = operation.place;
  std::string statement = limited(operation.statement, statement_in_table);
  table.bytes += statement.size() + operation.error.size() + 200;
  if (table.bytes > table_bytes) {
    ++table.left_out;
    return;
  }
  boost::json::object row;
  row["statement"] = std::move(statement);
  if (operation.rows >= 0) {
    row["rows"] = operation.rows;
  } else {
    row["rows"] = nullptr;
  }
  row["duration_ms"] = milliseconds_of(operation);
  row["started"] = iso_time(operation.started);
  row["driver"] = operation.driver;
  row["error"] = operation.error;
  table.rows.push_back(std::move(row));
}

const OperationTables::Artifact* OperationTables::find(const std::string& run_id) const {
  const auto found = tables_.find(run_id);
  return found == tables_.end() ? nullptr : &found->second;
}

boost::json::object OperationTables::Artifact::body() const {
  std::string description = "Database operations, in order: " + std::to_string(rows.size() + left_out) + ".";
  if (left_out > 0) description += " The last " + std::to_string(left_out) + " are left out for their size.";
  boost::json::object out;
  out["key"] = "database-operations";
  out["type"] = "table";
  out["description"] = std::move(description);
  out["data"] = boost::json::serialize(rows);  // as Python's table artifacts: JSON in a text
  return out;
}

}  // namespace prefect::detail
