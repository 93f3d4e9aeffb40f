#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <endian.h>
#include <libpq-fe.h>

#include "item.hpp"
#include "server.hpp"

namespace bench {

constexpr const char* postgres_items =
    " (id BIGINT PRIMARY KEY, price DOUBLE PRECISION, qty INTEGER, name VARCHAR(16), note TEXT, ts "
    "TIMESTAMP)";

/// Microseconds from 1970 to PostgreSQL's own beginning of time.
constexpr std::int64_t micros_to_2000 = INT64_C(946'684'800'000'000);

/// The server as the library is told it. No TLS on either side, unless the environment's URL has it.
inline prefect_sqlalchemy::URL postgres_url() {
  prefect_sqlalchemy::URL url = server_url("PSA_TEST_POSTGRES_URL");
  if (url.query.empty()) url.query.emplace_back("sslmode", "disable");
  return url;
}

/// The same for libpq, in its words: what SOCI takes too.
inline std::string postgres_conninfo() {
  const prefect_sqlalchemy::URL url = postgres_url();
  std::string text;
  const auto add = [&](const std::string& keyword, const std::string& value) {
    text += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  };
  if (!url.hosts.empty()) {
    add("host", url.hosts.front().host);
    if (url.hosts.front().port != 0) add("port", std::to_string(url.hosts.front().port));
  }
  if (url.username) add("user", *url.username);
  if (url.password) add("password", url.password->reveal());
  if (url.database) add("dbname", *url.database);
  for (const auto& [keyword, value] : url.query) add(keyword, value);
  return text;
}

struct PostgresResult {
  explicit PostgresResult(PGresult* result) : result_(result) {}
  PostgresResult(const PostgresResult&) = delete;
  PostgresResult& operator=(const PostgresResult&) = delete;
  ~PostgresResult() { PQclear(result_); }
  PGresult* get() const { return result_; }
  std::string_view bytes(int row, int column) const {
    return {PQgetvalue(result_, row, column), static_cast<std::size_t>(PQgetlength(result_, row, column))};
  }

 private:
  PGresult* result_;
};

/// A bare connection.
class Postgres {
 public:
  Postgres() : client_(PQconnectdb(postgres_conninfo().c_str())) {
    if (PQstatus(client_) != CONNECTION_OK) fail();
  }
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;
  ~Postgres() { PQfinish(client_); }
  PGconn* get() const { return client_; }
  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(client_)); }
  void expect(bool went_well) const {
    if (!went_well) fail();
  }
  void run(const std::string& sql) {
    const PostgresResult result(PQexec(client_, sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    expect(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ||
           status == PGRES_COPY_OUT);
  }
  /// The first column of the only row.
  std::string ask(const std::string& sql) {
    const PostgresResult result(PQexec(client_, sql.c_str()));
    expect(PQntuples(result.get()) == 1);
    return std::string(result.bytes(0, 0));
  }

 private:
  PGconn* client_;
};

inline std::int64_t read64(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<std::int64_t>(be64toh(value));
}
inline std::int32_t read32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<std::int32_t>(be32toh(value));
}
inline std::int16_t read16(const char* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<std::int16_t>(be16toh(value));
}
inline double read_double(const char* at) { return std::bit_cast<double>(read64(at)); }

/// Fills a buffer with rows in COPY's binary form and sends it in pieces of 64 KiB.
class PostgresCopyIn {
 public:
  explicit PostgresCopyIn(Postgres& db) : db_(db) {
    buffer_.resize(piece + most_of_a_row);
    static constexpr char signature[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    put(signature, 19);
  }
  void send(const RowValues& row) {
    put16(6);
    put32(8), put64(static_cast<std::uint64_t>(row.id));
    put32(8), put64(std::bit_cast<std::uint64_t>(row.price));
    put32(4), put32(static_cast<std::uint32_t>(row.qty));
    put_text(row.name);
    row.has_note ? put_text(row.note) : put32(UINT32_MAX);
    put32(8), put64(static_cast<std::uint64_t>(row.ts_micros - micros_to_2000));
    if (size_ >= piece) flush();
  }
  void finish() {
    put16(UINT16_MAX);
    flush();
    db_.expect(PQputCopyEnd(db_.get(), nullptr) == 1);
    while (PGresult* raw = PQgetResult(db_.get())) {
      const PostgresResult result(raw);
      db_.expect(PQresultStatus(raw) == PGRES_COMMAND_OK);
    }
  }

 private:
  static constexpr std::size_t piece = 64 * 1024, most_of_a_row = 512;

  void put(const void* bytes, std::size_t count) {
    std::memcpy(buffer_.data() + size_, bytes, count);
    size_ += count;
  }
  void put16(std::uint16_t value) { put(&(value = htobe16(value)), 2); }
  void put32(std::uint32_t value) { put(&(value = htobe32(value)), 4); }
  void put64(std::uint64_t value) { put(&(value = htobe64(value)), 8); }
  void put_text(std::string_view text) {
    put32(static_cast<std::uint32_t>(text.size()));
    put(text.data(), text.size());
  }
  void flush() {
    db_.expect(PQputCopyData(db_.get(), buffer_.data(), static_cast<int>(size_)) == 1);
    size_ = 0;
  }

  Postgres& db_;
  std::vector<char> buffer_;
  std::size_t size_ = 0;
};

/// Loads rows into psa_bench_written as fast as libpq can.
inline void postgres_copy(Postgres& db, const std::vector<RowValues>& rows) {
  db.run("BEGIN");
  db.run("COPY psa_bench_written FROM STDIN (FORMAT binary)");
  PostgresCopyIn copy(db);
  for (const RowValues& row : rows) copy.send(row);
  copy.finish();
  db.run("COMMIT");
}

/// The table to read, made where it is not there yet: rounds share it.
inline const char* postgres_filled_table() {
  static const bool filled = [] {
    Postgres db;
    if (db.ask("SELECT to_regclass('psa_bench_items') IS NOT NULL") == "t" &&
        db.ask("SELECT count(*) FROM psa_bench_items") == std::to_string(stored_rows))
      return true;
    db.run("DROP TABLE IF EXISTS psa_bench_items");
    db.run(std::string("CREATE TABLE psa_bench_items") + postgres_items);
    db.run("COPY psa_bench_items FROM STDIN (FORMAT binary)");
    PostgresCopyIn copy(db);
    for (std::int64_t i = 0; i < stored_rows; ++i) copy.send(row_values(i));
    copy.finish();
    db.run("VACUUM ANALYZE psa_bench_items");
    return true;
  }();
  (void)filled;
  return "psa_bench_items";
}

/// A table to write into, new and empty each time.
inline void postgres_empty_table(Postgres& db) {
  db.run("DROP TABLE IF EXISTS psa_bench_written");
  db.run(std::string("CREATE TABLE psa_bench_written") + postgres_items +
         " WITH (autovacuum_enabled = false)");
}

}  // namespace bench
