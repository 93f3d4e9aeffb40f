#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/sql/cursor_result.hpp>
#include <prefect_sqlalchemy/sql/parameters.hpp>

namespace prefect_sqlalchemy {

namespace detail {
class CancelTarget;
class Lease;
}  // namespace detail

/// How the transaction of a connection behaves. Default: what the database's session has.
enum class IsolationLevel : std::uint8_t {
  database_default,
  autocommit,  ///< no transaction: each statement commits itself
  read_uncommitted,
  read_committed,
  repeatable_read,
  snapshot,
  serializable,
};

/// SQLAlchemy's spelling ("AUTOCOMMIT", "READ COMMITTED"), any case, '_' for a blank.
/// @throws ArgumentError  there is no such level
PREFECT_SQLALCHEMY_API IsolationLevel isolation_level(std::string_view name);

/// How one statement is run.
struct ExecutionOptions {
  /// The whole of it, from being sent to its last row, must end in that time, or it is ended with
  /// DeadlineError. 0: no limit but that of the surrounding task.
  std::chrono::milliseconds timeout{0};
  /// Read all rows before returning.
  bool buffered = false;
  friend bool operator==(const ExecutionOptions&, const ExecutionOptions&) = default;
};

struct BeginOptions {
  IsolationLevel isolation_level = IsolationLevel::database_default;
  bool read_only = false;
  bool deferrable = false;  ///< PostgreSQL
  /// Put off until a statement needs it; see psa/driver.h, PSA_BEGIN_LAZY.
  bool lazy = false;
};

struct IngestOptions {
  enum class Mode : std::uint8_t {
    append,   ///< the table must exist
    create,   ///< the table must not exist; its columns' types follow the rows'
    replace,  ///< dropped first if it exists
  };
  Mode mode = Mode::append;
  std::string schema = {};  ///< empty: the session's default
};

struct ConnectOptions {
  /// For all transactions of this lease. autocommit: statements commit themselves.
  IsolationLevel isolation_level = IsolationLevel::database_default;
};

/// A transaction, or a savepoint in one. Rolled back when its scope is left without commit().
/// Threads: as its connection.
class PREFECT_SQLALCHEMY_API Transaction {
 public:
  Transaction(std::shared_ptr<detail::Lease> lease, std::uint64_t id) noexcept;
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  /// @throws Error  with diagnostics().maybe_applied if the database's answer was lost
  /// @throws InvalidRequestError  it has ended
  void commit();
  /// Harmless when it has ended.
  void rollback();
  bool is_active() const noexcept;
  /// Leaves it open, for the connection's commit() or rollback() to end.
  void detach() noexcept;

 private:
  std::shared_ptr<detail::Lease> lease_;
  std::uint64_t id_;
};

/// Ends a running operation of one connection from any thread. Harmless at any time, also after the
/// connection is closed: another user's operation is never hit (but on a database in memory, whose one
/// connection all share, it is whatever runs).
class PREFECT_SQLALCHEMY_API Canceller {
 public:
  explicit Canceller(std::shared_ptr<detail::CancelTarget> target) noexcept;
  /// The operation ends with CancelledError; nothing running is no error.
  /// @throws NotSupportedError  the driver cannot cancel
  void cancel();

 private:
  std::shared_ptr<detail::CancelTarget> target_;
};

/// A loan of one of the engine's database connections: SQLAlchemy's Connection.
///
/// A transaction begins by itself with the first statement (lazily: a SELECT alone locks nothing) and ends
/// with commit() or rollback(); what is not committed when the connection goes back is rolled back.
/// Threads: one call at a time, from any thread; a second one at the same time is an InvalidRequestError.
class PREFECT_SQLALCHEMY_API Connection {
 public:
  explicit Connection(std::shared_ptr<detail::Lease> lease) noexcept;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  /// As close(), but never throws: a failure is logged, and fails the surrounding task.
  ~Connection();

  /// Runs a statement with `:name` parameters.
  /// @param operation  one statement, UTF-8
  /// @param parameters  a value for each name; a list expands behind IN
  /// @throws StatementError  a parameter is missing or unknown; nothing was sent
  /// @throws DatabaseError  what the database says
  CursorResult execute(std::string_view operation, const Parameters& parameters = {},
                       const ExecutionOptions& options = {});
  /// Runs a statement once for each row, by the driver's fastest way with the same result. Rows it gives are
  /// discarded; rowcount() is the sum. No rows: runs once without parameters, as Python does.
  /// An error's diagnostics().parameter_row tells which row; earlier rows stand until rollback.
  CursorResult execute_many(std::string_view operation, const ParameterRows& rows,
                            const ExecutionOptions& options = {});

  /// Loads rows into a table by the database's fastest way (COPY, array binding), in this connection's
  /// transaction.
  /// @param table  a plain name, not quoted; columns match by name
  /// @param rows   read to its end; stays the caller's to release
  /// @return rows loaded
  /// @throws NotSupportedError  the driver has no bulk load: use execute_many
  std::int64_t ingest(std::string_view table, ArrowArrayStream* rows, const IngestOptions& options = {});
  /// What the database holds, as the driver tells it (psa/driver.h, PSA_METADATA_...); Inspector reads it.
  CursorResult metadata(std::uint32_t kind, std::string_view schema = {}, std::string_view table = {});

  /// @throws InvalidRequestError  a transaction has begun
  Transaction begin(const BeginOptions& options = {});
  /// A savepoint; begins the transaction first where there is none.
  Transaction begin_nested();
  /// Commits the transaction begun by itself or by begin(). Harmless without one.
  void commit();
  void rollback();
  /// True also for one that the server has begun (a SQL "BEGIN") and for one that is put off.
  bool in_transaction() const;

  Canceller canceller() const;
  /// Asks the server. @throws OperationalError  it does not answer
  void ping();
  /// Drops the database connection behind this one; the pool makes a new one for the next.
  void invalidate();
  /// From now on close() and the end of the scope commit, unless an exception is leaving it.
  void commit_on_close();
  /// Rolls back what is open (or commits it: commit_on_close) and gives the database connection back.
  /// Harmless when closed.
  void close();
  bool closed() const noexcept { return lease_ == nullptr; }

  /// The driver's name as the engine's URL has it.
  const std::string& drivername() const;
  /// The database client's name and version as the driver tells: "SQLite 3.40.1".
  std::string client_version() const;
  /// Quotes an identifier as this database wants it.
  std::string quote_identifier(std::string_view name) const;

 private:
  detail::Lease& lease() const;

  std::shared_ptr<detail::Lease> lease_;
  /// Exceptions in flight when commit_on_close was asked for; -1: it was not.
  int commit_unless_more_than_ = -1;
};

}  // namespace prefect_sqlalchemy
