// SPDX-License-Identifier: Apache-2.0
#include "ingest.hpp"

#include <memory>
#include <string_view>
#include <vector>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "client_extras.hpp"
#include "own_transaction.hpp"
#include "quoting.hpp"
#include "statement.hpp"

namespace psa::mysql {
namespace {

[[noreturn]] void stream_failed(ArrowArrayStream& stream) {
  const char* words = stream.get_last_error(&stream);
  throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                    words == nullptr ? "the stream of rows failed" : std::string(words));
}

struct OwnedSchema {
  explicit OwnedSchema(ArrowArrayStream& stream) {
    if (stream.get_schema(&stream, &value) != 0) stream_failed(stream);
  }
  OwnedSchema(const OwnedSchema&) = delete;
  OwnedSchema& operator=(const OwnedSchema&) = delete;
  ~OwnedSchema() { value.release(&value); }
  ArrowSchema value{};
};

struct OwnedArray {
  explicit OwnedArray(ArrowArrayStream& stream) {
    if (stream.get_next(&stream, &value) != 0) stream_failed(stream);
  }
  OwnedArray(const OwnedArray&) = delete;
  OwnedArray& operator=(const OwnedArray&) = delete;
  ~OwnedArray() {
    if (value.release != nullptr) value.release(&value);
  }
  ArrowArray value{};
};

/// The table and the rows that go into it.
class Load {
 public:
  Load(Connection& connection, const psa_ingest& ingest)
      : connection_(connection), stream_(*ingest.rows), schema_(stream_) {
    if (std::string_view(schema_.value.format) != "+s" || schema_.value.n_children == 0)
      throw invalid_argument("the rows to load must be Arrow structs with at least one column");
    if (has_value(ingest.schema)) place_ = quoted_identifier(view(ingest.schema)) + '.';
    table_ = place_ + quoted_identifier(view(ingest.table));
  }

  void create(const std::string& table) {
    const bool has_uuid = mysql::has_uuid(connection_.handle());
    std::string definitions;
    for (const ArrowSchema* field : fields())
      definitions +=
          (definitions.empty() ? "" : ", ") + name_of(*field) + ' ' + column_type_for(*field, has_uuid);
    connection_.run("CREATE TABLE " + table + " (" + definitions + ")");
  }

  int64_t fill(const std::string& table) {
    std::string names, places;
    for (const ArrowSchema* field : fields()) {
      names += (names.empty() ? "" : ", ") + name_of(*field);
      places += places.empty() ? "?" : ", ?";
    }
    const auto insert = std::make_shared<Statement>(connection_.shared_from_this());
    insert->compile("INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")", 0);
    int64_t rows = 0;
    for (;;) {
      const OwnedArray array(stream_);
      if (array.value.release == nullptr) return rows;
      if (array.value.length == 0) continue;
      try {
        insert->load({PSA_INIT(psa_execute), 0, &schema_.value, &array.value});
      } catch (DriverError& error) {
        if (error.parameter_row >= 0) error.parameter_row += rows;
        throw;
      }
      rows += array.value.length;
    }
  }

  const std::string& table() const noexcept { return table_; }
  /// A name beside it that no other session takes.
  std::string staging() const {
    return place_ + quoted_identifier("psa_ingest_" + std::to_string(mysql_thread_id(connection_.handle())));
  }

 private:
  std::vector<const ArrowSchema*> fields() const {
    return {schema_.value.children, schema_.value.children + schema_.value.n_children};
  }
  static std::string name_of(const ArrowSchema& field) {
    return quoted_identifier(field.name == nullptr ? "" : field.name);
  }

  Connection& connection_;
  ArrowArrayStream& stream_;
  OwnedSchema schema_;
  std::string place_;
  std::string table_;
};

/// Runs `work` in the open transaction; what it did before it failed is undone.
template <class Work>
int64_t in_savepoint(Connection& connection, Work work) {
  connection.run("SAVEPOINT psa_ingest");
  try {
    const int64_t rows = work();
    connection.run("RELEASE SAVEPOINT psa_ingest");
    return rows;
  } catch (...) {
    if (connection.transaction().state() == PSA_TRANSACTION_OPEN)
      connection.undo("ROLLBACK TO SAVEPOINT psa_ingest");
    throw;
  }
}

/// Makes a table, fills it, and leaves none if that fails.
int64_t make_and_fill(Connection& connection, Load& load, const std::string& table) {
  load.create(table);
  try {
    return in_own_transaction(connection, [&] { return load.fill(table); });
  } catch (...) {
    connection.undo("DROP TABLE " + table);
    throw;
  }
}

int64_t replace(Connection& connection, Load& load) {
  const std::string staging = load.staging();
  connection.run("DROP TABLE IF EXISTS " + staging);
  const int64_t rows = make_and_fill(connection, load, staging);
  try {
    connection.run("DROP TABLE IF EXISTS " + load.table());
    connection.run("RENAME TABLE " + staging + " TO " + load.table());
  } catch (...) {
    connection.undo("DROP TABLE " + staging);
    throw;
  }
  return rows;
}

}  // namespace

std::string column_type_for(const ArrowSchema& field, bool has_uuid) {
  const std::string_view format = field.format;
  const std::string_view extension = find_metadata(field.metadata, "ARROW:extension:name");
  if (extension == "psa.decimal") return "decimal(65,30)";
  if (extension == "arrow.json") return "json";
  if (extension == "arrow.uuid") return has_uuid ? "uuid" : "char(36)";
  if (format == "b") return "boolean";
  if (format == "c") return "tinyint";
  if (format == "C") return "tinyint unsigned";
  if (format == "s") return "smallint";
  if (format == "S") return "smallint unsigned";
  if (format == "i") return "int";
  if (format == "I") return "int unsigned";
  if (format == "l") return "bigint";
  if (format == "L") return "bigint unsigned";
  if (format == "f") return "float";
  if (format == "g") return "double";
  if (format == "u" || format == "U" || format == "n") return "longtext";
  if (format == "z" || format == "Z" || format.starts_with("w:")) return "longblob";
  if (format.starts_with("td")) return "date";
  if (format.starts_with("tt") || format.starts_with("tD")) return "time(6)";
  if (format.starts_with("ts")) return "datetime(6)";
  if (format.starts_with("d:")) {
    const std::string_view size = format.substr(2);
    return "decimal(" + std::string(size.substr(0, size.find(',', size.find(',') + 1))) + ")";
  }
  throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                    "column '" + std::string(field.name) + "' has the Arrow type " + std::string(format) +
                        ", which no type of MySQL corresponds to");
}

int64_t ingest(Connection& connection, const psa_ingest& ingest) {
  connection.before_command();
  if (ingest.mode < PSA_INGEST_APPEND || ingest.mode > PSA_INGEST_REPLACE)
    throw invalid_argument("unknown mode of ingest");
  Load load(connection, ingest);
  if (ingest.mode == PSA_INGEST_APPEND) {
    connection.transaction().before_statement();
    if (connection.in_transaction()) return in_savepoint(connection, [&] { return load.fill(load.table()); });
    return in_own_transaction(connection, [&] { return load.fill(load.table()); });
  }
  if (connection.in_transaction())
    throw invalid_state("creating a table would commit the open transaction")
        .with_hint("commit or roll back first, or append to a table that is there");
  return ingest.mode == PSA_INGEST_CREATE ? make_and_fill(connection, load, load.table())
                                          : replace(connection, load);
}

}  // namespace psa::mysql
