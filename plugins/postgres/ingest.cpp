// SPDX-License-Identifier: Apache-2.0
#include "ingest.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "column_type.hpp"
#include "copy_in.hpp"
#include "rows.hpp"
#include "statement.hpp"
#include "transaction.hpp"

namespace psa::postgres {
namespace {

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
      co_await insert->run(execute);
      count += array.value.length;
    }
    array.clear();
    if (stream.get_next(&stream, &array.value) != 0) stream_failed(stream);
  }
  co_return count;
}

Task<int64_t> load(Connection& connection, const psa_ingest& ingest) {
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
  Session& session = connection.session();
  if (ingest.mode == PSA_INGEST_REPLACE) co_await session.command("DROP TABLE IF EXISTS " + table);
  if (ingest.mode != PSA_INGEST_APPEND)
    co_await session.command("CREATE TABLE " + table + " (" + definitions + ")");
  const auto insert = std::make_shared<Statement>(
      connection.shared_from_this(), "INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")", 0U);
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
    co_return co_await copy_rows(connection, table + " (" + names + ")", insert->parameter_types(),
                                 schema.value, stream, array);
  co_return co_await insert_rows(insert, schema.value, stream, array);
}

}  // namespace

Task<int64_t> ingest(Connection& connection, const psa_ingest& ingest) {
  co_await connection.enter();
  if (ingest.mode < PSA_INGEST_APPEND || ingest.mode > PSA_INGEST_REPLACE)
    throw invalid_argument("unknown mode of ingest");
  Session& session = connection.session();
  co_await connection.begin_now();
  connection.note_transaction();
  const bool own = connection.autocommits();
  if (own) co_await session.command("BEGIN");
  std::exception_ptr failure;
  int64_t count = 0;
  try {
    count = co_await load(connection, ingest);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure && own) {
    try {
      co_await session.command("COMMIT");
    } catch (DriverError& error) {
      if (session.broken()) error.flags |= PSA_ERROR_MAYBE_APPLIED;
      failure = std::current_exception();
    }
  }
  if (failure) {
    if (own && !session.broken() && PQtransactionStatus(session.client()) != PQTRANS_IDLE)
      co_await session.command("ROLLBACK");
    std::rethrow_exception(failure);
  }
  co_return count;
}

}  // namespace psa::postgres
