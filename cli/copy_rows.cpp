#include "copy_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <psa/driver.h>

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::CursorResult;
using prefect_sqlalchemy::IngestOptions;
using prefect_sqlalchemy::Kind;
using prefect_sqlalchemy::ParameterRows;
using prefect_sqlalchemy::Parameters;
using prefect_sqlalchemy::Row;

/// Rows in one INSERT of many.
constexpr std::int64_t rows_of_a_batch = 5000;

/// A stream that tells how many rows went through it.
class CountingStream {
 public:
  CountingStream(CursorResult& rows, Progress& progress) : progress_(progress) {
    rows.export_arrow(&from_, {.settle_types = true});
    stream_.get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
      auto& from = of(self).from_;
      return from.get_schema(&from, schema);
    };
    stream_.get_next = [](ArrowArrayStream* self, ArrowArray* array) { return of(self).next(array); };
    stream_.get_last_error = [](ArrowArrayStream* self) -> const char* {
      auto& from = of(self).from_;
      return from.get_last_error(&from);
    };
    stream_.release = [](ArrowArrayStream* self) { self->release = nullptr; };
    stream_.private_data = this;
  }
  CountingStream(const CountingStream&) = delete;
  CountingStream& operator=(const CountingStream&) = delete;
  ~CountingStream() { from_.release(&from_); }

  ArrowArrayStream* stream() { return &stream_; }

 private:
  static CountingStream& of(ArrowArrayStream* self) {
    return *static_cast<CountingStream*>(self->private_data);
  }

  int next(ArrowArray* array) {
    const int status = from_.get_next(&from_, array);
    if (status == 0 && array->release != nullptr) progress_.update(rows_ += array->length);
    return status;
  }

  Progress& progress_;
  ArrowArrayStream from_{}, stream_{};
  std::int64_t rows_ = 0;
};

std::string qualified(const Connection& to, const CopyTarget& target) {
  const auto schema = target.options.schema.empty() ? "" : to.quote_identifier(target.options.schema) + ".";
  return schema + to.quote_identifier(target.table);
}

/// The type of SQLite that keeps values of this kind as they are.
const char* sqlite_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "BOOLEAN";
    case Kind::int64:
    case Kind::uint64:
      return "INTEGER";
    case Kind::real:
      return "REAL";
    case Kind::bytes:
      return "BLOB";
    default:
      return "TEXT";
  }
}

void make_sqlite_table(Connection& to, const CopyTarget& target, const std::vector<std::string>& names,
                       const std::vector<Row>& first) {
  const auto table = qualified(to, target);
  std::string columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto told =
        std::find_if(first.begin(), first.end(), [&](const Row& row) { return !row.is_null(i); });
    // Without values there is no type to be known, and none is declared.
    const std::string type = told == first.end() ? "" : std::string(" ") + sqlite_type(told->value(i).kind());
    columns += (i == 0 ? "" : ", ") + to.quote_identifier(names[i]) + type;
  }
  if (target.options.mode == IngestOptions::Mode::replace) to.execute("DROP TABLE IF EXISTS " + table);
  to.execute("CREATE TABLE " + table + " (" + columns + ")");
}

std::int64_t insert_rows(CursorResult& rows, Connection& to, const CopyTarget& target, Progress& progress) {
  const auto names = rows.keys();
  auto batch = rows.fetchmany(rows_of_a_batch);
  if (target.options.mode != IngestOptions::Mode::append) make_sqlite_table(to, target, names, batch);
  std::string insert = "INSERT INTO " + qualified(to, target) + " (";
  std::string places;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parameters.push_back("p" + std::to_string(i));
    insert += (i == 0 ? "" : ", ") + to.quote_identifier(names[i]);
    places += (i == 0 ? ":" : ", :") + parameters.back();
  }
  insert += ") VALUES (" + places + ")";
  std::int64_t copied = 0;
  for (; !batch.empty(); batch = rows.fetchmany(rows_of_a_batch)) {
    ParameterRows many;
    many.reserve(batch.size());
    for (const auto& row : batch) {
      Parameters one;
      for (std::size_t i = 0; i < parameters.size(); ++i) one.set(parameters[i], row.value(i));
      many.add(one);
    }
    to.execute_many(insert, many);
    copied += static_cast<std::int64_t>(batch.size());
    progress.update(copied);
  }
  return copied;
}

}  // namespace

std::int64_t copy_rows(CursorResult rows, Connection& to, const CopyTarget& target, Progress& progress) {
  std::int64_t copied = 0;
  if (prefect_sqlalchemy::find_driver(to.drivername()).has(PSA_CAP_INGEST)) {
    CountingStream stream(rows, progress);
    copied = to.ingest(target.table, stream.stream(), target.options);
  } else {
    const bool makes_table = target.options.mode != IngestOptions::Mode::append;
    if (makes_table && !to.drivername().starts_with("sqlite")) {
      throw prefect_sqlalchemy::NotSupportedError(
          "the driver " + to.drivername() + " cannot make a table for rows; make it yourself and append");
    }
    copied = insert_rows(rows, to, target, progress);
  }
  to.commit();
  return copied;
}

}  // namespace psa_cli
