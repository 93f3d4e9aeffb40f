// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/host_held.hpp>

#include "canceller.hpp"
#include "notices.hpp"
#include "opening.hpp"
#include "options.hpp"
#include "process_state.hpp"
#include "transaction.hpp"

namespace psa::odbc {

class Result;
class Statement;

/// One session: psa_connection. Statements share the ownership of the object, but not of the session:
/// release() ends that, and they answer PSA_INVALID_STATE from then on.
///
/// Functions that fail throw DriverError.
class Connection final : public HostHeld<Connection> {
 public:
  static std::shared_ptr<Connection> create(const psa_connection_args& args);
  void release() noexcept;

  Connection(Settings settings, const Notices& notices);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void connect(int64_t deadline);
  void close(int64_t deadline);
  void ping(int64_t deadline);
  /// Rolls back and ends unread results.
  void reset(int64_t deadline);

  void begin(const psa_begin& begin, int64_t deadline);
  void commit(int64_t deadline);
  void rollback(int64_t deadline);
  void savepoint(uint32_t action, std::string_view name, int64_t deadline);

  void state(psa_connection_state& out) const noexcept;
  void lexical(psa_lexical& out) const noexcept;

  const std::shared_ptr<Canceller>& canceller() const noexcept { return canceller_; }
  const Facts& facts() const noexcept { return connected_.facts; }
  const Settings& settings() const noexcept { return settings_; }
  Transaction& transaction() noexcept { return transaction_; }

  /// The time of one operation: deadline, cancels, and SIGPIPE kept away.
  struct Running {
    Running(Connection& connection, int64_t deadline) : operation(connection.canceller_->begin(deadline)) {}
    NoSigpipe no_sigpipe;
    Canceller::Running operation;
  };

  /// The session's handle. @throws DriverError  PSA_INVALID_STATE where there is none any more
  SQLHDBC session() const;
  bool is_usable() const noexcept { return state_ == State::open && !broken_; }
  /// Before anything is sent: frees what was left. @throws DriverError  unless the session is there and no
  /// result is open
  void before_command();

  /// Runs a call of the ODBC driver that a cancel may end. @return what it returned
  template <class Call>
  SQLRETURN aimed(SQLHSTMT statement, Call call) {
    canceller_->check();
    Canceller::Aimed aim(*canceller_, statement);
    const SQLRETURN code = call();
    // unixODBC takes a statement for closed after SQLCancel, also where that came too late for the driver:
    // the next call would be a function sequence error.
    return aim.end() ? SQL_ERROR : code;
  }

  /// SQLPrepare and SQLExecDirect, in the form that the ODBC driver reads whole.
  SQLRETURN prepare_text(SQLHSTMT statement, const std::string& sql) const;
  SQLRETURN execute_text(SQLHSTMT statement, const std::string& sql) const;

  /// Runs a statement of the driver's own; its rows are left unread.
  void run(const std::string& sql);
  void set_attribute(SQLINTEGER attribute, uint64_t value);
  void end_transaction(int16_t how);

  /// The error of a handle's last call, and what it means for the session; thrown by fail().
  /// @param writes  a statement that commits itself may have been applied
  DriverError error_of(SQLSMALLINT type, SQLHANDLE handle, bool writes = false);
  [[noreturn]] void fail(SQLSMALLINT type, SQLHANDLE handle, bool writes = false) {
    throw error_of(type, handle, writes);
  }
  void tell_notices(SQLHANDLE statement) const noexcept { notices_.tell(SQL_HANDLE_STMT, statement); }

  SQLHSTMT new_statement();
  void add(Statement& statement) { statements_.push_back(&statement); }
  void remove(Statement& statement) noexcept;
  /// Frees a statement when that can be sent.
  void free_later(SQLHSTMT statement) noexcept;
  /// Closes the cursor of a result that was released unread, likewise.
  /// @param reads_rest  what has rows and writes may be cut short by closing
  void close_later(SQLHSTMT statement, bool reads_rest) noexcept;

  /// The result with unread rows, of which a connection has one.
  void open_result(Result& result) noexcept { open_result_ = &result; }
  void forget_result() noexcept { open_result_ = nullptr; }

 private:
  enum class State : uint8_t { made, open, closed };
  struct Leftover {
    SQLHSTMT statement;
    bool reads_rest;
  };

  void finish_leftovers() noexcept;
  void release_session() noexcept;
  Connected detach() noexcept;
  bool is_dead() const noexcept;

  const Settings settings_;
  const Notices notices_;
  const std::shared_ptr<Canceller> canceller_ = std::make_shared<Canceller>();
  Transaction transaction_{*this};
  Connected connected_;
  State state_ = State::made;
  bool broken_ = false;
  Result* open_result_ = nullptr;
  std::vector<Statement*> statements_;
  std::vector<Leftover> closing_;
  std::vector<SQLHSTMT> freeing_;
};

}  // namespace psa::odbc
