#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/sql/row.hpp>

struct ArrowArrayStream;
struct ArrowSchema;

namespace prefect_sqlalchemy {

namespace detail {
class ResultState;
}

/// How a result becomes an Arrow stream, which has one schema for all its batches.
struct ArrowExportOptions {
  /// The schema wanted: a struct with one child for each column, borrowed for the call. nullptr: the first
  /// batch's. Only databases without column types (SQLite) ever need one.
  const ArrowSchema* schema = nullptr;
  /// Columns whose values differ in type come as dense unions of every type such a database has
  /// (int64, double, text, bytes, NULL), instead of an error at the first value that does not fit.
  bool unions = false;
  /// Columns whose type the first batch does not settle (only NULLs, or values of several types) get the one
  /// that their declared type means, by SQLite's affinity, or else text; whole numbers of NUMERIC and DECIMAL
  /// columns become doubles. For makers of tables. With `unions`, those of several types are unions instead.
  bool settle_types = false;
};

/// The result of a statement: SQLAlchemy's CursorResult.
///
/// Rows are read from the database in batches as they are asked for, so memory stays flat; `buffered()`
/// results have been read to their end. While rows are unread, the statement is open in the database:
/// another statement, a commit or a close of the same connection first reads the rest into memory.
/// Threads: one call at a time; its connection counts as the same object.
class PREFECT_SQLALCHEMY_API CursorResult {
 public:
  /// One that is closed, has no rows, and counts none.
  CursorResult() noexcept;
  explicit CursorResult(std::shared_ptr<detail::ResultState> state) noexcept;
  CursorResult(CursorResult&&) noexcept;
  CursorResult& operator=(CursorResult&&) noexcept;
  /// Discards what is unread.
  ~CursorResult();

  /// False for a statement that gives no rows; then the fetching functions throw ResourceClosedError.
  bool returns_rows() const noexcept;
  /// Rows affected, or, once all are read, rows given; -1 where unknown, as in DB-API.
  std::int64_t rowcount() const noexcept;
  /// The id of the last row inserted, where the database tells.
  std::optional<std::int64_t> lastrowid() const noexcept;
  const std::vector<std::string>& keys() const;
  /// The database's names of the columns' types, empty where it has none.
  const std::vector<std::string>& type_names() const;

  /// @return the next row; std::nullopt when there is none
  std::optional<Row> fetchone();
  /// @param size  rows, 1 or more
  /// @return at most that many; empty when there is none
  std::vector<Row> fetchmany(std::int64_t size);
  /// @return all that are left
  std::vector<Row> fetchall();
  /// SQLAlchemy's other names for these.
  std::vector<Row> all() { return fetchall(); }
  /// @return the first row, if any; the rest is discarded
  std::optional<Row> first();
  /// @return the only row @throws InvalidRequestError there is none, or another
  Row one();
  std::optional<Row> one_or_none();
  /// The first column of the first row; std::nullopt when there is no row. The rest is discarded.
  template <class T>
  std::optional<T> scalar() {
    const auto row = first();
    if (!row) return std::nullopt;
    return row->template get<T>(0);
  }
  /// The first column of all rows that are left.
  template <class T>
  std::vector<T> scalars() {
    std::vector<T> out;
    for (const Row& row : *this) out.push_back(row.template get<T>(0));
    return out;
  }

  /// Moves on to the statement's next result. @return false when there is none
  bool nextset();
  /// Reads the rest into memory and lets the database go. @return *this
  CursorResult& buffer();
  bool buffered() const noexcept;
  /// Discards what is unread. Harmless when closed.
  void close();

  /// Hands the rows that are left to an Arrow consumer, batch by batch, without copying where the types
  /// fit. The stream keeps all it needs alive; this result is empty afterwards.
  /// @param out  the caller's struct, released by the caller
  /// Errors while reading come out of the stream, with row and column where a value does not fit.
  void export_arrow(ArrowArrayStream* out, const ArrowExportOptions& options = {});

  class iterator {
   public:
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    iterator() = default;
    explicit iterator(CursorResult* result) : result_(result) { ++*this; }
    const Row& operator*() const { return *row_; }
    const Row* operator->() const { return &*row_; }
    iterator& operator++() {
      row_ = result_->fetchone();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, std::default_sentinel_t) { return !it.row_; }

   private:
    CursorResult* result_ = nullptr;
    std::optional<Row> row_;
  };
  /// Rows one by one; each is read once.
  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  detail::ResultState& state() const;

  std::shared_ptr<detail::ResultState> state_;
};

}  // namespace prefect_sqlalchemy
