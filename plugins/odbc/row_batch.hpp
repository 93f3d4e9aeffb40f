// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <psa/driver.h>

#include "bound_column.hpp"
#include "facts.hpp"

namespace psa::odbc {

class Connection;

/// Collects rows of one result after another into Arrow batches, keeping its memory and what is bound.
///
/// Rows come in blocks, into arrays bound column by column. Values whose size nobody knows beforehand get
/// little room; one that does not fit is read by SQLGetData, or its block is fetched again into larger
/// arrays, as the ODBC driver can do it. Drivers that can do neither hand such rows out one by one, and their
/// long values by SQLGetData.
class RowBatch {
 public:
  /// What a fetch came to.
  enum class Fetched : uint8_t { rows, last_rows, end, failed };

  /// Attributes of a statement before it runs. @throws DriverError
  void prepare(Connection& connection, SQLHSTMT statement);

  /// Begins the result that the statement now has.
  /// @param keeps_plan  whenever it runs it has these columns, until forget_plan()
  /// @throws DriverError  it can't be described or bound
  void start(Connection& connection, SQLHSTMT statement, int columns, bool keeps_plan);

  /// Fetches at most `most` rows into the block. After `failed` the statement has the reason.
  /// @throws DriverError  PSA_CANCELLED or PSA_DEADLINE, before anything is fetched
  Fetched fetch(Connection& connection, SQLHSTMT statement, int64_t most);
  /// Takes the block over. @throws DriverError  a text that can't be read, or a value that the driver cut;
  /// rows before it have been appended
  void append();
  bool fetches_single_rows() const noexcept { return first_unbound_ < columns_.size() || single_rows_; }

  int64_t rows() const noexcept { return rows_; }
  /// About what the rows take.
  int64_t bytes() const noexcept { return bytes_; }
  size_t column_count() const noexcept { return columns_.size(); }
  /// Whether the next result has the columns of the last one: start() need not be called.
  bool are_of_plan() const noexcept { return are_of_plan_; }

  /// The schema before any value is known.
  ArrowSchema schema() const;
  /// Moves the rows into `out`, with a schema if it is the result's first or differs from the last. clear()
  /// or finish() must follow.
  void hand_out(psa_batch& out);
  /// Begins the next batch.
  void clear() noexcept;
  /// Ends the result: gives large memory back.
  void finish() noexcept;
  /// The statement is another one now: nothing is bound to it.
  void forget_binding() noexcept {
    bound_ = false;
    array_size_ = 0;
  }
  /// The statement is prepared anew.
  void forget_plan() noexcept { are_of_plan_ = false; }
  /// The next batch tells its schema, whatever the one before was.
  void forget_schema() noexcept { unions_told_ = -1; }

 private:
  bool is_described_as_before(SQLHSTMT statement, int columns, bool keeps_names);
  bool describe_columns(Connection& connection, SQLHSTMT statement, int columns);
  void choose_way(Connection& connection);
  void bind(Connection& connection, SQLHSTMT statement, size_t rows);
  void set_array_size(SQLHSTMT statement, size_t rows);
  SQLRETURN call_fetch(Connection& connection, SQLHSTMT statement, SQLSMALLINT how);
  SQLRETURN fetch_wider(Connection& connection, SQLHSTMT statement);
  SQLRETURN get_cut_values(SQLHSTMT statement);
  SQLRETURN get_unbound(SQLHSTMT statement);
  size_t most_in_block() const noexcept;
  bool schema_changed() noexcept;
  [[noreturn]] void throw_unreadable(const BoundColumn& column) const;

  /// What the driver says of a column quickly: enough to see that it is another one.
  struct Sketch {
    std::string name;  // of the narrow function, so maybe no UTF-8; none where it cannot change
    SQLSMALLINT type = 0, digits = 0, nullable = 0;
    SQLULEN size = 0;
    bool operator==(const Sketch&) const = default;
  };
  static Sketch sketch(SQLHSTMT statement, int number, bool keeps_names);

  std::vector<Sketch> sketches_;  // of `columns_`
  std::vector<BoundColumn> columns_;
  std::vector<SQLUSMALLINT> statuses_;
  SQLULEN fetched_ = 0;       // the ODBC driver writes it
  size_t bound_rows_ = 0;     // room of the bound arrays
  size_t array_size_ = 0;     // rows that the next fetch asks for
  size_t first_unbound_ = 0;  // columns from it on are read by SQLGetData
  Facts::CutValues cut_values_ = Facts::CutValues::lost;
  bool single_rows_ = false;
  bool bound_ = false;
  bool are_of_plan_ = false;     // the columns
  bool has_failed_row_ = false;  // behind the rows of the block
  int64_t unions_told_ = -1;     // columns that were unions in the schema handed out last; -1 for none yet
  std::vector<ArrayNode> nodes_;
  std::vector<SchemaField> fields_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace psa::odbc
