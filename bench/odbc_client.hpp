#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>
#include <sqlext.h>

#include "item_sums.hpp"
#include "server.hpp"

/// A plain ODBC program, and the same database's URLs. PSA_BENCH_MARIADB: MariaDB by its ODBC driver; else
/// PostgreSQL by psqlODBC. Drivers are named as Debian's packages register them.
namespace bench {

#ifdef PSA_BENCH_MARIADB
constexpr const char* odbc_driver = "MariaDB Unicode";
constexpr const char* odbc_items =
    " (id BIGINT PRIMARY KEY, price DOUBLE, qty INTEGER, name VARCHAR(16), note TEXT, ts DATETIME)";
inline prefect_sqlalchemy::URL odbc_native_url() { return server_url("PSA_TEST_MARIADB_URL"); }
#else
constexpr const char* odbc_driver = "PostgreSQL Unicode";
constexpr const char* odbc_items =
    " (id bigint PRIMARY KEY, price double precision, qty integer, name varchar(16), note text, ts "
    "timestamp)";
inline prefect_sqlalchemy::URL odbc_native_url() {
  prefect_sqlalchemy::URL url = server_url("PSA_TEST_POSTGRES_URL");
  if (url.query.empty()) url.query = {{"sslmode", "disable"}};
  return url;
}
#endif

inline prefect_sqlalchemy::URL odbc_url() {
  prefect_sqlalchemy::URL url = odbc_native_url();
  url.drivername = "odbc";
  url.query = {{"driver", odbc_driver}};
#ifndef PSA_BENCH_MARIADB
  url.query.emplace_back("SSLmode", "disable");
#endif
  return url;
}

/// The table to read, made where it is not there yet: rounds share it.
inline const char* odbc_filled_table() {
  static const bool filled = [] {
    using namespace prefect_sqlalchemy;
    SqlAlchemyConnector db(odbc_native_url().render(false));
    try {
      if (db.execute("SELECT count(*) FROM psa_bench_items").scalar<std::int64_t>() == stored_rows)
        return true;
    } catch (const DatabaseError&) {
      // It is not there.
    }
    db.execute("DROP TABLE IF EXISTS psa_bench_items");
    db.execute(std::string("CREATE TABLE psa_bench_items") + odbc_items);
    constexpr std::int64_t at_once = 100'000;
    for (std::int64_t begin = 0; begin < stored_rows; begin += at_once) {
      ParameterRows rows({"id", "price", "qty", "name", "note", "ts"});
      rows.reserve(at_once);
      for (std::int64_t i = begin; i < begin + at_once; ++i) {
        const RowValues row = row_values(i);
        rows.add(row.id, row.price, row.qty, row.name, row.has_note ? Value(row.note) : Value(),
                 Timestamp(std::chrono::microseconds(row.ts_micros)));
      }
      db.execute_many("INSERT INTO psa_bench_items VALUES (:id, :price, :qty, :name, :note, :ts)", rows);
    }
    return true;
  }();
  (void)filled;
  return "psa_bench_items";
}

inline void odbc_expect(SQLRETURN code, SQLSMALLINT type, SQLHANDLE handle) {
  if (SQL_SUCCEEDED(code)) return;
  SQLCHAR state[6] = {}, text[512] = {};
  SQLGetDiagRec(type, handle, 1, state, nullptr, text, sizeof text, nullptr);
  throw std::runtime_error(reinterpret_cast<const char*>(text));
}

class OdbcSession {
 public:
  OdbcSession() {
    SQLAllocHandle(SQL_HANDLE_ENV, nullptr, &environment_);
    SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, environment_, &session_);
    const prefect_sqlalchemy::URL url = odbc_native_url();
    std::string text = std::string("Driver=") + odbc_driver + ";Server=" + url.hosts.at(0).host +
                       ";Port=" + std::to_string(url.hosts.at(0).port) +
                       ";Database=" + url.database.value_or("") + ";UID=" + url.username.value_or("") +
                       ";PWD={" + (url.password ? url.password->reveal() : "") + "}";
#ifndef PSA_BENCH_MARIADB
    text += ";SSLmode=disable";
#endif
    odbc_expect(SQLDriverConnect(session_, nullptr, reinterpret_cast<SQLCHAR*>(text.data()), SQL_NTS, nullptr,
                                 0, nullptr, SQL_DRIVER_NOPROMPT),
                SQL_HANDLE_DBC, session_);
  }
  OdbcSession(const OdbcSession&) = delete;
  OdbcSession& operator=(const OdbcSession&) = delete;
  ~OdbcSession() {
    SQLDisconnect(session_);
    SQLFreeHandle(SQL_HANDLE_DBC, session_);
    SQLFreeHandle(SQL_HANDLE_ENV, environment_);
  }
  SQLHDBC get() const { return session_; }
  void run(std::string sql) const {
    SQLHANDLE statement = nullptr;
    SQLAllocHandle(SQL_HANDLE_STMT, session_, &statement);
    const SQLRETURN code = SQLExecDirect(statement, reinterpret_cast<SQLCHAR*>(sql.data()), SQL_NTS);
    if (code != SQL_NO_DATA) odbc_expect(code, SQL_HANDLE_STMT, statement);
    SQLFreeHandle(SQL_HANDLE_STMT, statement);
  }
  void set_autocommit(bool on) const {
    SQLSetConnectAttr(session_, SQL_ATTR_AUTOCOMMIT,
                      reinterpret_cast<SQLPOINTER>(on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF), 0);
  }

 private:
  SQLHANDLE environment_ = nullptr;
  SQLHANDLE session_ = nullptr;
};

class OdbcStatement {
 public:
  explicit OdbcStatement(const OdbcSession& session, std::string sql) {
    SQLAllocHandle(SQL_HANDLE_STMT, session.get(), &handle_);
    expect(SQLPrepare(handle_, reinterpret_cast<SQLCHAR*>(sql.data()), SQL_NTS));
  }
  OdbcStatement(const OdbcStatement&) = delete;
  OdbcStatement& operator=(const OdbcStatement&) = delete;
  ~OdbcStatement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }
  SQLHSTMT get() const { return handle_; }
  void expect(SQLRETURN code) const { odbc_expect(code, SQL_HANDLE_STMT, handle_); }
  void set(SQLINTEGER attribute, std::size_t value) const {
    SQLSetStmtAttr(handle_, attribute, reinterpret_cast<SQLPOINTER>(value), 0);
  }

 private:
  SQLHANDLE handle_ = nullptr;
};

/// Rows of items as ODBC reads and writes them: one array for each column.
struct OdbcItems {
  static constexpr std::size_t most = 1000;
  using Text = std::array<char, 64>;

  std::vector<std::int64_t> ids = std::vector<std::int64_t>(most);
  std::vector<double> prices = std::vector<double>(most);
  std::vector<std::int32_t> quantities = std::vector<std::int32_t>(most);
  std::vector<Text> names = std::vector<Text>(most), notes = std::vector<Text>(most);
  std::vector<SQL_TIMESTAMP_STRUCT> moments = std::vector<SQL_TIMESTAMP_STRUCT>(most);
  std::array<std::vector<SQLLEN>, 6> sizes;
  SQLULEN fetched = 0;

  OdbcItems() {
    for (auto& each : sizes) each.resize(most);
  }
  void bind_columns(const OdbcStatement& to) {
    const auto bind = [&](SQLUSMALLINT number, SQLSMALLINT type, void* values, std::size_t width) {
      to.expect(
          SQLBindCol(to.get(), number, type, values, static_cast<SQLLEN>(width), sizes[number - 1U].data()));
    };
    bind(1, SQL_C_SBIGINT, ids.data(), 8);
    bind(2, SQL_C_DOUBLE, prices.data(), 8);
    bind(3, SQL_C_SLONG, quantities.data(), 4);
    bind(4, SQL_C_CHAR, names.data(), sizeof(Text));
    bind(5, SQL_C_CHAR, notes.data(), sizeof(Text));
    bind(6, SQL_C_TYPE_TIMESTAMP, moments.data(), sizeof(SQL_TIMESTAMP_STRUCT));
    SQLSetStmtAttr(to.get(), SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
  }
  void bind_parameters(const OdbcStatement& to) {
    const auto bind = [&](SQLUSMALLINT number, SQLSMALLINT type, SQLSMALLINT sql_type, SQLULEN size,
                          void* values, std::size_t width) {
      to.expect(SQLBindParameter(to.get(), number, SQL_PARAM_INPUT, type, sql_type, size,
                                 sql_type == SQL_TYPE_TIMESTAMP ? 6 : 0, values, static_cast<SQLLEN>(width),
                                 sizes[number - 1U].data()));
    };
    bind(1, SQL_C_SBIGINT, SQL_BIGINT, 19, ids.data(), 8);
    bind(2, SQL_C_DOUBLE, SQL_DOUBLE, 15, prices.data(), 8);
    bind(3, SQL_C_SLONG, SQL_INTEGER, 10, quantities.data(), 4);
    bind(4, SQL_C_CHAR, SQL_VARCHAR, sizeof(Text), names.data(), sizeof(Text));
    bind(5, SQL_C_CHAR, SQL_VARCHAR, sizeof(Text), notes.data(), sizeof(Text));
    bind(6, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 26, moments.data(), sizeof(SQL_TIMESTAMP_STRUCT));
  }
  void put(std::size_t at, const RowValues& row) {
    ids[at] = row.id;
    prices[at] = row.price;
    quantities[at] = static_cast<std::int32_t>(row.qty);
    std::memcpy(names[at].data(), row.name.data(), row.name.size());
    std::memcpy(notes[at].data(), row.note.data(), row.note.size());
    moments[at] = {2026, 1, static_cast<SQLUSMALLINT>(row.day), 12, static_cast<SQLUSMALLINT>(row.minute),
                   0,    0};
    sizes[0][at] = sizes[1][at] = 8;
    sizes[2][at] = 4;
    sizes[3][at] = static_cast<SQLLEN>(row.name.size());
    sizes[4][at] = row.has_note ? static_cast<SQLLEN>(row.note.size()) : SQL_NULL_DATA;
    sizes[5][at] = sizeof(SQL_TIMESTAMP_STRUCT);
  }
  void add_to(Sums& sums, std::size_t row) const {
    sums.integers += ids[row] + quantities[row];
    sums.reals += prices[row];
    sums.bytes += touch({names[row].data(), static_cast<std::size_t>(sizes[3][row])});
    sums.add_note(
        sizes[4][row] == SQL_NULL_DATA
            ? std::nullopt
            : std::optional(std::string_view(notes[row].data(), static_cast<std::size_t>(sizes[4][row]))));
    const SQL_TIMESTAMP_STRUCT& ts = moments[row];
    sums.moments += ts.year + ts.month + ts.day + ts.hour + ts.minute + ts.second;
    ++sums.rows;
  }
};

}  // namespace bench
