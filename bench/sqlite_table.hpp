#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

#include "item.hpp"

/// The items in a table of SQLite, where ts is text.
namespace bench {

constexpr const char* create_table =
    "CREATE TABLE items (id BIGINT PRIMARY KEY, price DOUBLE, qty INTEGER, name TEXT, note TEXT, ts TEXT)";

/// A folder in memory where there is one: disks are not what is measured.
inline std::string database_path(const std::string& name) {
  const char* folder = std::getenv("PSA_BENCH_FOLDER");
  const std::filesystem::path base = folder != nullptr ? folder : "/dev/shm";
  return (base / ("psa-bench-" + name + ".db")).string();
}

inline void check(int code, sqlite3* db) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    throw std::runtime_error(sqlite3_errmsg(db));
}

/// A bare connection, opened as SQLite opens by default.
class Sqlite {
 public:
  explicit Sqlite(const std::string& path) { check(sqlite3_open(path.c_str(), &db_), db_); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite() { sqlite3_close(db_); }
  sqlite3* get() const { return db_; }
  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), db_); }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr), db_);
    return statement;
  }

 private:
  sqlite3* db_ = nullptr;
};

constexpr const char* insert_row = "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)";

inline void bind_row(sqlite3_stmt* insert, const RowValues& row) {
  sqlite3_bind_int64(insert, 1, row.id);
  sqlite3_bind_double(insert, 2, row.price);
  sqlite3_bind_int64(insert, 3, row.qty);
  sqlite3_bind_text(insert, 4, row.name.data(), static_cast<int>(row.name.size()), SQLITE_STATIC);
  if (row.has_note) {
    sqlite3_bind_text(insert, 5, row.note.data(), static_cast<int>(row.note.size()), SQLITE_STATIC);
  } else {
    sqlite3_bind_null(insert, 5);
  }
  sqlite3_bind_text(insert, 6, row.ts.data(), static_cast<int>(row.ts.size()), SQLITE_STATIC);
}

/// A database with `rows` rows, made anew.
inline std::string filled_database(const std::string& name, std::int64_t rows) {
  const std::string path = database_path(name);
  std::filesystem::remove(path);
  Sqlite db(path);
  db.run("PRAGMA synchronous=OFF");
  db.run(create_table);
  db.run("BEGIN");
  sqlite3_stmt* insert = db.prepare(insert_row);
  for (std::int64_t i = 0; i < rows; ++i) {
    const RowValues row = row_values(i);
    bind_row(insert, row);
    check(sqlite3_step(insert), db.get());
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  db.run("COMMIT");
  return path;
}

}  // namespace bench
