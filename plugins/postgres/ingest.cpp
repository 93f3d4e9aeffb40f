// SPDX-License-Identifier: Apache-2.0
#include "ingest.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <string_view>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "bind.hpp"
#include "rows.hpp"
#include "statement.hpp"
#include "transaction.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

constexpr size_t chunk = 64 * 1024;

struct OwnedSchema {
  ~OwnedSchema() {
    if (value.release != nullptr) value.release(&value);
  }
  ArrowSchema value{};
};

struct OwnedArray {
  ~OwnedArray() { clear(); }
  void clear() {
    if (value.release != nullptr) value.release(&value);
    value = {};
  }
  ArrowArray value{};
};

[[noreturn]] void stream_failed(ArrowArrayStream& stream) {
  const char* words = stream.get_last_error(&stream);
  throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                    words == nullptr ? "the stream of rows failed" : std::string(words));
}

/// Whether every value of such a parameter goes to such a column in binary form.
bool goes_binary(const Type& type, const ParameterColumn& column) {
  using Kind = ParameterKind;
  const Kind kind = column.kind();
  if (kind == Kind::null) return true;
  if (kind == Kind::mixed || type.codec == Codec::other) return false;
  if (type.is_array()) return kind == Kind::list;
  switch (type.codec) {
    case Codec::text:
    case Codec::json:
    case Codec::jsonb:
      return true;
    case Codec::one_char:
    case Codec::inet:
    case Codec::macaddr:
    case Codec::bits:
    case Codec::timetz:
      return false;
    case Codec::float4:
    case Codec::float8:
      return kind != Kind::text && kind != Kind::decimal;
    case Codec::timestamptz:
      return kind == Kind::timestamp && !column.zone().empty();
    default:
      return kind != Kind::text;
  }
}

/// Sends rows as COPY's binary form.
class CopyIn {
 public:
  CopyIn(Session& session, const std::vector<const Type*>& types, const TypeSource& source)
      : session_(session), types_(types), source_(source) {
    static constexpr char signature[] = "PGCOPY\n\377\r\n\0";
    put_bytes(bytes_, signature, 11);
    put32(bytes_, 0);
    put32(bytes_, 0);
  }

  Task<> send(const ParameterBatch& batch) {
    for (int64_t row = 0; row < batch.rows(); ++row) {
      encode_row(batch, row);
      if (bytes_.size() >= chunk) co_await flush();
    }
    rows_ += batch.rows();
  }
  Task<> finish() {
    put16(bytes_, UINT16_MAX);
    co_await flush();
  }

 private:
  void encode_row(const ParameterBatch& batch, int64_t row) {
    put16(bytes_, static_cast<uint16_t>(types_.size()));
    for (size_t i = 0; i < types_.size(); ++i) {
      const ParameterColumn& column = batch.columns()[i];
      const size_t at = bytes_.size();
      const auto [place, place_row] = column.resolve(row);
      if (place->is_null(place_row)) {
        put32(bytes_, UINT32_MAX);
        continue;
      }
      put32(bytes_, 0);
      try {
        encode(*types_[i], source_, *place, place_row, true, bytes_);
      } catch (DriverError& error) {
        error.message = "column '" + std::string(column.name()) + "' " + error.message;
        error.parameter_row = rows_ + row;
        error.parameter_column = static_cast<int64_t>(i);
        throw;
      }
      const uint32_t size = __builtin_bswap32(static_cast<uint32_t>(bytes_.size() - at - 4));
      std::memcpy(bytes_.data() + at, &size, sizeof size);
    }
  }

  Task<> flush() {
    for (;;) {
      const int taken = PQputCopyData(session_.client(), reinterpret_cast<const char*>(bytes_.data()),
                                      static_cast<int>(bytes_.size()));
      if (taken < 0) session_.fail_to_send();
      if (taken == 1) break;
      co_await session_.ready(PSA_WAIT_READ | PSA_WAIT_WRITE);
      session_.read();
      PQflush(session_.client());
    }
    bytes_.clear();
    // What libpq holds back must not grow with the data.
    co_await session_.flush();
    if (session_.has_worked_long()) co_await session_.pause();
  }

  Session& session_;
  const std::vector<const Type*>& types_;
  const TypeSource& source_;
  GrowBuffer bytes_;
  int64_t rows_ = 0;
};

Task<> run_statement(std::shared_ptr<Statement> statement, const psa_execute& execute) {
  psa_result* result = nullptr;
  co_await Statement::run(std::move(statement), &execute, &result);
  reinterpret_cast<Result*>(result)->release();
}

/// Ends a COPY that has been begun. @param failure  what went wrong on this side, if anything did
Task<int64_t> end_copy(Session& session, std::exception_ptr failure) {
  PQputCopyEnd(session.client(), failure ? "the rows could not be sent" : nullptr);
  co_await session.flush();
  int64_t count = 0;
  std::optional<DriverError> refused;
  for (;;) {
    const ResultHandle next = co_await session.result();
    if (next == nullptr) break;
    if (PQresultStatus(next.get()) == PGRES_FATAL_ERROR) {
      if (!refused) refused = session.error_of(next.get());
    } else {
      const std::string_view text = PQcmdTuples(next.get());
      std::from_chars(text.data(), text.data() + text.size(), count);
    }
    if (session.broken()) break;
  }
  if (failure && !(refused && session.broken())) std::rethrow_exception(failure);
  if (refused) throw *refused;
  co_return count;
}

Task<> begin_copy(Session& session, std::string target) {
  if (PQsendQuery(session.client(), ("COPY " + target + " FROM STDIN (FORMAT binary)").c_str()) == 0)
    session.fail_to_send();
  co_await session.flush();
  const ResultHandle begun = co_await session.result();
  if (PQresultStatus(begun.get()) == PGRES_COPY_IN) co_return;
  DriverError error = session.error_of(begun.get());
  if (!session.broken()) co_await session.finish(false);
  throw error;
}

Task<int64_t> copy_rows(Connection& connection, std::string target, std::vector<const Type*> types,
                        const ArrowSchema& schema, ArrowArrayStream& stream, OwnedArray& array) {
  Session& session = connection.session();
  co_await begin_copy(session, std::move(target));
  std::exception_ptr failure;
  try {
    CopyIn copy(session, types, connection.catalog());
    ParameterBatch batch;
    while (array.value.release != nullptr) {
      batch.open({PSA_INIT(psa_execute), 0, &schema, &array.value});
      co_await copy.send(batch);
      array.clear();
      if (stream.get_next(&stream, &array.value) != 0) stream_failed(stream);
    }
    co_await copy.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  co_return co_await end_copy(session, failure);
}

Task<int64_t> insert_rows(std::shared_ptr<Statement> insert, const ArrowSchema& schema,
                          ArrowArrayStream& stream, OwnedArray& array) {
  int64_t count = 0;
  while (array.value.release != nullptr) {
    if (array.value.length > 0) {
      const psa_execute execute{PSA_INIT(psa_execute), 0, &schema, &array.value};
      co_await run_statement(insert, execute);
      count += array.value.length;
    }
    array.clear();
    if (stream.get_next(&stream, &array.value) != 0) stream_failed(stream);
  }
  co_return count;
}

Task<int64_t> load(std::shared_ptr<Connection> connection, const psa_ingest& ingest) {
  ArrowArrayStream& stream = *ingest.rows;
  OwnedSchema schema;
  if (stream.get_schema(&stream, &schema.value) != 0) stream_failed(stream);
  if (std::string_view(schema.value.format) != "+s" || schema.value.n_children == 0)
    throw invalid_argument("the rows to load must be Arrow structs with at least one column");
  std::string table;
  if (has_value(ingest.schema)) table = quoted(view(ingest.schema)) + '.';
  table += quoted(view(ingest.table));
  std::string names, places, definitions;
  for (int64_t i = 0; i < schema.value.n_children; ++i) {
    const ArrowSchema& field = *schema.value.children[i];
    const std::string separator = i == 0 ? "" : ", ";
    const std::string name = quoted(field.name == nullptr ? "" : field.name);
    names += separator + name;
    places += separator + '$' + std::to_string(i + 1);
    if (ingest.mode != PSA_INGEST_APPEND) definitions += separator + name + ' ' + column_type_for(field);
  }
  Session& session = connection->session();
  if (ingest.mode == PSA_INGEST_REPLACE) co_await session.command("DROP TABLE IF EXISTS " + table);
  if (ingest.mode != PSA_INGEST_APPEND)
    co_await session.command("CREATE TABLE " + table + " (" + definitions + ")");
  const auto insert = std::make_shared<Statement>(
      connection, "INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")", 0U);
  co_await insert->make_ready();
  OwnedArray array;
  if (stream.get_next(&stream, &array.value) != 0) stream_failed(stream);
  if (array.value.release == nullptr) co_return 0;
  ParameterBatch first;
  first.open({PSA_INIT(psa_execute), 0, &schema.value, &array.value});
  bool binary = true;
  for (size_t i = 0; i < first.columns().size(); ++i)
    binary = binary && goes_binary(*insert->parameter_types()[i], first.columns()[i]);
  if (binary)
    co_return co_await copy_rows(*connection, table + " (" + names + ")", insert->parameter_types(),
                                 schema.value, stream, array);
  co_return co_await insert_rows(insert, schema.value, stream, array);
}

}  // namespace

Task<int64_t> copy_batch(Connection& connection, std::string target, const std::vector<const Type*>& types,
                         const ParameterBatch& batch) {
  Session& session = connection.session();
  co_await begin_copy(session, std::move(target));
  std::exception_ptr failure;
  try {
    CopyIn copy(session, types, connection.catalog());
    co_await copy.send(batch);
    co_await copy.finish();
  } catch (...) {
    failure = std::current_exception();
  }
  co_return co_await end_copy(session, failure);
}

std::string column_type_for(const ArrowSchema& field) {
  const std::string_view format = field.format;
  const std::string_view extension = find_metadata(field.metadata, "ARROW:extension:name");
  if (extension == "psa.decimal") return "numeric";
  if (extension == "arrow.json") return "json";
  if (extension == "arrow.uuid") return "uuid";
  if (format == "+l" || format == "+L") return column_type_for(*field.children[0]) + "[]";
  if (format == "b") return "boolean";
  if (format == "c" || format == "C" || format == "s") return "smallint";
  if (format == "S" || format == "i") return "integer";
  if (format == "I" || format == "l") return "bigint";
  if (format == "L") return "numeric(20)";
  if (format == "f") return "real";
  if (format == "g") return "double precision";
  if (format == "u" || format == "U" || format == "n") return "text";
  if (format == "z" || format == "Z" || format.starts_with("w:")) return "bytea";
  if (format.starts_with("td")) return "date";
  if (format.starts_with("tt")) return "time";
  if (format.starts_with("ts")) return format.size() > 4 ? "timestamptz" : "timestamp";
  if (format.starts_with("ti") || format.starts_with("tD")) return "interval";
  if (format.starts_with("d:")) return "numeric(" + std::string(format.substr(2)) + ")";
  throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                    "column '" + std::string(field.name) + "' has the Arrow type " + std::string(format) +
                        ", which no type of PostgreSQL corresponds to");
}

Task<> ingest(std::shared_ptr<Connection> connection, const psa_ingest* ingest, int64_t* rows_affected) {
  co_await connection->enter();
  if (ingest->mode < PSA_INGEST_APPEND || ingest->mode > PSA_INGEST_REPLACE)
    throw invalid_argument("unknown mode of ingest");
  Session& session = connection->session();
  co_await connection->begin_now();
  connection->note_transaction();
  const bool own = connection->autocommits();
  if (own) co_await session.command("BEGIN");
  std::exception_ptr failure;
  int64_t count = 0;
  try {
    count = co_await load(connection, *ingest);
    if (own) co_await session.command("COMMIT");
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    if (own && !session.broken() && PQtransactionStatus(session.client()) != PQTRANS_IDLE)
      co_await session.command("ROLLBACK");
    std::rethrow_exception(failure);
  }
  *rows_affected = count;
}

}  // namespace psa::postgres
