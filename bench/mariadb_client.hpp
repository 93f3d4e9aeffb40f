#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <mysql.h>

#include "item_sums.hpp"
#include "server.hpp"

namespace bench {

constexpr const char* mariadb_items =
    " (id BIGINT PRIMARY KEY, price DOUBLE, qty INTEGER, name VARCHAR(16), note TEXT, ts DATETIME)";

inline prefect_sqlalchemy::URL mariadb_url() { return server_url("PSA_TEST_MARIADB_URL"); }

/// The same in SOCI's words.
inline std::string mariadb_soci_address() {
  const prefect_sqlalchemy::URL url = mariadb_url();
  std::string text;
  const auto add = [&](const char* keyword, const std::string& value) {
    text += std::string(keyword) + "='" + value + "' ";
  };
  if (!url.hosts.empty()) add("host", url.hosts.front().host);
  if (!url.hosts.empty() && url.hosts.front().port != 0) add("port", std::to_string(url.hosts.front().port));
  if (url.username) add("user", *url.username);
  if (url.password) add("password", url.password->reveal());
  if (url.database) add("db", *url.database);
  return text + "charset=utf8mb4";
}

/// A bare connection over TCP, without TLS, in UTF-8.
class Mariadb {
 public:
  Mariadb() : client_(mysql_init(nullptr)) {
    static const prefect_sqlalchemy::URL url = mariadb_url();
    mysql_options(client_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const auto& host = url.hosts.at(0);
    expect(mysql_real_connect(client_, host.host.c_str(), url.username.value_or("").c_str(),
                              url.password ? url.password->reveal().c_str() : nullptr,
                              url.database.value_or("").c_str(), host.port, nullptr, 0) != nullptr);
  }
  Mariadb(const Mariadb&) = delete;
  Mariadb& operator=(const Mariadb&) = delete;
  ~Mariadb() { mysql_close(client_); }
  MYSQL* get() const { return client_; }
  void expect(bool went_well) const {
    if (!went_well) throw std::runtime_error(mysql_error(client_));
  }
  void run(const std::string& sql) {
    expect(mysql_real_query(client_, sql.data(), sql.size()) == 0);
    if (MYSQL_RES* rows = mysql_store_result(client_)) mysql_free_result(rows);
  }
  /// The first column of the only row; empty where there is none.
  std::string ask(const std::string& sql) {
    expect(mysql_real_query(client_, sql.data(), sql.size()) == 0);
    MYSQL_RES* const rows = mysql_store_result(client_);
    expect(rows != nullptr);
    const MYSQL_ROW row = mysql_fetch_row(rows);
    std::string value = row == nullptr || row[0] == nullptr ? "" : row[0];
    mysql_free_result(rows);
    return value;
  }

 private:
  MYSQL* client_;
};

class MariadbStatement {
 public:
  MariadbStatement(Mariadb& db, const std::string& sql) : handle_(mysql_stmt_init(db.get())) {
    expect(mysql_stmt_prepare(handle_, sql.data(), sql.size()) == 0);
  }
  MariadbStatement(const MariadbStatement&) = delete;
  MariadbStatement& operator=(const MariadbStatement&) = delete;
  ~MariadbStatement() { mysql_stmt_close(handle_); }
  MYSQL_STMT* get() const { return handle_; }
  void expect(bool went_well) const {
    if (!went_well) throw std::runtime_error(mysql_stmt_error(handle_));
  }

 private:
  MYSQL_STMT* handle_;
};

/// One row of items, where mysql_stmt_fetch puts it.
struct MariadbRow {
  std::int64_t id = 0;
  double price = 0;
  std::int32_t qty = 0;
  std::array<char, 64> name{}, note{};
  MYSQL_TIME ts{};
  std::array<unsigned long, 6> sizes{};
  std::array<my_bool, 6> nulls{};

  void bind_to(const MariadbStatement& statement) {
    std::array<MYSQL_BIND, 6> binds{};
    const auto bind = [&](std::size_t column, enum_field_types type, void* buffer, unsigned long size) {
      binds[column].buffer_type = type;
      binds[column].buffer = buffer;
      binds[column].buffer_length = size;
      binds[column].length = &sizes[column];
      binds[column].is_null = &nulls[column];
    };
    bind(0, MYSQL_TYPE_LONGLONG, &id, sizeof id);
    bind(1, MYSQL_TYPE_DOUBLE, &price, sizeof price);
    bind(2, MYSQL_TYPE_LONG, &qty, sizeof qty);
    bind(3, MYSQL_TYPE_STRING, name.data(), name.size());
    bind(4, MYSQL_TYPE_STRING, note.data(), note.size());
    bind(5, MYSQL_TYPE_DATETIME, &ts, sizeof ts);
    statement.expect(mysql_stmt_bind_result(statement.get(), binds.data()) == 0);
  }
  void add_to(Sums& sums) const {
    sums.integers += id + qty;
    sums.reals += price;
    sums.bytes += touch({name.data(), sizes[3]});
    sums.add_note(nulls[4] != 0 ? std::nullopt : std::optional(std::string_view(note.data(), sizes[4])));
    sums.moments += ts.year + ts.month + ts.day + ts.hour + ts.minute + ts.second;
    ++sums.rows;
  }
};

/// Rows as columns, as array binding takes them; made beforehand.
class MariadbArrays {
 public:
  explicit MariadbArrays(const std::vector<RowValues>& rows) {
    for (const RowValues& row : rows) {
      ids_.push_back(row.id);
      prices_.push_back(row.price);
      quantities_.push_back(static_cast<std::int32_t>(row.qty));
      names_.add(row.name);
      notes_.add(row.note);
      note_marks_.push_back(static_cast<char>(row.has_note ? STMT_INDICATOR_NONE : STMT_INDICATOR_NULL));
      MYSQL_TIME ts{};
      ts.year = 2026, ts.month = 1, ts.hour = 12;
      ts.day = static_cast<unsigned>(row.day), ts.minute = static_cast<unsigned>(row.minute);
      ts.time_type = MYSQL_TIMESTAMP_DATETIME;
      moments_.push_back(ts);
    }
    for (MYSQL_TIME& moment : moments_) moment_pointers_.push_back(&moment);
  }
  std::size_t size() const { return ids_.size(); }

  /// Binds and runs `count` rows from `begin` on.
  void execute(const MariadbStatement& statement, std::size_t begin, std::size_t count) {
    std::array<MYSQL_BIND, 6> binds{};
    bind(binds[0], MYSQL_TYPE_LONGLONG, &ids_[begin]);
    bind(binds[1], MYSQL_TYPE_DOUBLE, &prices_[begin]);
    bind(binds[2], MYSQL_TYPE_LONG, &quantities_[begin]);
    bind(binds[3], MYSQL_TYPE_STRING, &names_.pointers[begin]);
    binds[3].length = &names_.sizes[begin];
    bind(binds[4], MYSQL_TYPE_STRING, &notes_.pointers[begin]);
    binds[4].length = &notes_.sizes[begin];
    binds[4].u.indicator = &note_marks_[begin];
    bind(binds[5], MYSQL_TYPE_DATETIME, &moment_pointers_[begin]);
    const auto rows = static_cast<unsigned>(count);
    mysql_stmt_attr_set(statement.get(), STMT_ATTR_ARRAY_SIZE, &rows);
    statement.expect(mysql_stmt_bind_param(statement.get(), binds.data()) == 0);
    statement.expect(mysql_stmt_execute(statement.get()) == 0);
  }

 private:
  struct Texts {
    std::vector<char*> pointers;
    std::vector<unsigned long> sizes;
    std::vector<std::unique_ptr<char[]>> own;
    void add(const std::string& text) {
      own.push_back(std::make_unique<char[]>(text.size() + 1));
      text.copy(own.back().get(), text.size());
      pointers.push_back(own.back().get());
      sizes.push_back(text.size());
    }
  };
  static void bind(MYSQL_BIND& to, enum_field_types type, void* values) {
    to.buffer_type = type;
    to.buffer = values;
  }

  std::vector<std::int64_t> ids_;
  std::vector<double> prices_;
  std::vector<std::int32_t> quantities_;
  Texts names_, notes_;
  std::vector<char> note_marks_;
  std::vector<MYSQL_TIME> moments_;
  std::vector<MYSQL_TIME*>
      moment_pointers_;  // as the client library wants what has no fixed size on the wire
};

/// Rows in one array: packets stay below max_allowed_packet.
constexpr std::size_t array_rows = 50'000;

/// Loads rows into psa_bench_written as fast as Connector/C can.
inline void mariadb_insert(Mariadb& db, MariadbArrays& rows) {
  db.run("START TRANSACTION");
  const MariadbStatement insert(db, "INSERT INTO psa_bench_written VALUES (?, ?, ?, ?, ?, ?)");
  for (std::size_t begin = 0; begin < rows.size(); begin += array_rows)
    rows.execute(insert, begin, std::min(array_rows, rows.size() - begin));
  db.run("COMMIT");
}

/// The table to read, made where it is not there yet: rounds share it.
inline const char* mariadb_filled_table() {
  static const bool filled = [] {
    Mariadb db;
    if (!db.ask("SHOW TABLES LIKE 'psa_bench_items'").empty() &&
        db.ask("SELECT count(*) FROM psa_bench_items") == std::to_string(stored_rows))
      return true;
    db.run("DROP TABLE IF EXISTS psa_bench_items");
    db.run(std::string("CREATE TABLE psa_bench_items") + mariadb_items);
    db.run("START TRANSACTION");
    {
      MariadbArrays rows(item_rows(stored_rows));
      const MariadbStatement insert(db, "INSERT INTO psa_bench_items VALUES (?, ?, ?, ?, ?, ?)");
      for (std::size_t begin = 0; begin < rows.size(); begin += array_rows)
        rows.execute(insert, begin, std::min(array_rows, rows.size() - begin));
    }
    db.run("COMMIT");
    db.run("ANALYZE TABLE psa_bench_items");
    return true;
  }();
  (void)filled;
  return "psa_bench_items";
}

/// A table to write into, new and empty each time.
inline void mariadb_empty_table(Mariadb& db) {
  db.run("DROP TABLE IF EXISTS psa_bench_written");
  db.run(std::string("CREATE TABLE psa_bench_written") + mariadb_items);
}

}  // namespace bench
