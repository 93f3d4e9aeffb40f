#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// What a database said about a failure, and where. Numbers are -1 where unknown, texts empty.
struct Diagnostics {
  std::string driver;            ///< the driver's name as it was asked for, "sqlite+pysqlite"
  std::string message;           ///< the database's own words; may hold user data
  std::string detail;            ///< the database's further words
  std::string hint;              ///< likewise
  std::string sqlstate;          ///< five characters of ISO/IEC 9075, or empty
  std::int64_t vendor_code = 0;  ///< the database's own number
  std::string schema, table, column, constraint;
  std::string statement;               ///< the SQL as the user wrote it, never with values
  std::int64_t statement_offset = -1;  ///< bytes from its start to where the error is
  std::int64_t parameter_row = -1;     ///< zero-based row of execute_many that failed
  std::int64_t parameter_column = -1;
  bool retryable = false;        ///< the same transaction may succeed when run again
  bool connection_lost = false;  ///< the connection is gone; a new one is needed
  bool maybe_applied = false;    ///< the answer to a commit was lost: it may have happened
};

/// Root of everything this library throws.
///
/// One family instead of one class for each database: callers ask questions of it. The classes below
/// DatabaseError are those of Python's DB-API 2.0 (PEP 249), as in SQLAlchemy. `what()` holds the message,
/// the statement and a hint; never a parameter's value, a password or a URL with one.
class PREFECT_SQLALCHEMY_API Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what);
  Error(const std::string& what, Diagnostics diagnostics);

  const std::string& sqlstate() const noexcept { return diagnostics_->sqlstate; }
  std::int64_t vendor_code() const noexcept { return diagnostics_->vendor_code; }
  bool retryable() const noexcept { return diagnostics_->retryable; }
  bool connection_lost() const noexcept { return diagnostics_->connection_lost; }
  const std::string& statement() const noexcept { return diagnostics_->statement; }
  const Diagnostics& diagnostics() const noexcept { return *diagnostics_; }

 private:
  std::shared_ptr<const Diagnostics> diagnostics_;  // shared: copying an exception must not throw
};

#define PREFECT_SQLALCHEMY_ERROR(Name, Base)        \
  class PREFECT_SQLALCHEMY_API Name : public Base { \
   public:                                          \
    using Base::Base;                               \
  }

/// A driver was used wrongly, or behaved wrongly.
PREFECT_SQLALCHEMY_ERROR(InterfaceError, Error);
/// The database reported a failure.
PREFECT_SQLALCHEMY_ERROR(DatabaseError, Error);
/// A value is out of range, divided by zero, or not of its type.
PREFECT_SQLALCHEMY_ERROR(DataError, DatabaseError);
/// Not the program's fault: connection, memory, disk, locks.
PREFECT_SQLALCHEMY_ERROR(OperationalError, DatabaseError);
/// A constraint was violated.
PREFECT_SQLALCHEMY_ERROR(IntegrityError, DatabaseError);
/// The database lost its way.
PREFECT_SQLALCHEMY_ERROR(InternalError, DatabaseError);
/// Syntax, a missing table, a wrong number of parameters.
PREFECT_SQLALCHEMY_ERROR(ProgrammingError, DatabaseError);
/// The database or its driver cannot do it.
PREFECT_SQLALCHEMY_ERROR(NotSupportedError, DatabaseError);

/// An operation was cancelled from outside.
PREFECT_SQLALCHEMY_ERROR(CancelledError, OperationalError);
/// An operation's deadline passed.
PREFECT_SQLALCHEMY_ERROR(DeadlineError, OperationalError);

/// An argument of this library's own is wrong: a URL, a size, a driver of the wrong kind.
PREFECT_SQLALCHEMY_ERROR(ArgumentError, Error);
/// A statement and its parameters do not fit together; nothing was sent.
PREFECT_SQLALCHEMY_ERROR(StatementError, Error);
/// A connection, transaction or result is used after its end, or twice at once.
PREFECT_SQLALCHEMY_ERROR(InvalidRequestError, Error);
/// Rows were asked of a result that has none, or is closed.
PREFECT_SQLALCHEMY_ERROR(ResourceClosedError, InvalidRequestError);
/// A value cannot become the type asked for without loss.
PREFECT_SQLALCHEMY_ERROR(ConversionError, Error);
/// No connection of the pool came free in time.
PREFECT_SQLALCHEMY_ERROR(PoolTimeoutError, Error);

}  // namespace prefect_sqlalchemy
