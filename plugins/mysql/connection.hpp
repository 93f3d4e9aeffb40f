// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/host_held.hpp>

#include "canceller.hpp"
#include "client.hpp"
#include "cursor.hpp"
#include "notices.hpp"
#include "options.hpp"
#include "statement_kind.hpp"
#include "transaction.hpp"
#include "waiter.hpp"

namespace psa::mysql {

class Result;

/// One session: psa_connection. Statements share the ownership of the object, but not of the session:
/// release() ends that, and they answer PSA_INVALID_STATE from then on.
///
/// What may wait runs inside of waiter().operate(). Functions that fail throw DriverError.
class Connection final : public HostHeld<Connection> {
 public:
  enum class IfLost : uint8_t { not_applied, maybe_applied };

  static std::shared_ptr<Connection> create(const psa_connection_args& args);
  void release() noexcept;

  Connection(Settings settings, bool nonblocking, const Notices& notices);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  Waiter& waiter() noexcept { return waiter_; }
  const std::shared_ptr<Canceller>& canceller() const noexcept { return canceller_; }
  Transaction& transaction() noexcept { return transaction_; }
  const Transaction& transaction() const noexcept { return transaction_; }

  void connect(int64_t deadline);
  void close();
  void ping();
  /// Rolls back; unread results are read to their end.
  void reset();

  void begin(const psa_begin& begin);
  void commit();
  void rollback();
  void savepoint(uint32_t action, std::string_view name);

  void state(psa_connection_state& out) const noexcept;
  bool is_broken() const noexcept { return broken_; }
  bool in_transaction() const noexcept;
  void lexical(psa_lexical& out) const noexcept;

  /// Before anything is sent. @throws DriverError  unless the session is there and no result is open
  void before_command();
  /// The session's handle; throws PSA_INVALID_STATE where there is none any more.
  MYSQL* handle() const;
  bool is_open() const noexcept { return state_ == State::open && !broken_; }

  /// Runs a statement of the driver's own that has no rows.
  void run(std::string_view sql, IfLost if_lost = IfLost::not_applied);
  /// Between rows: keeps the deadline, and lets others have their turn. @throws DriverError  the server does
  /// not end what it was asked to end, and the connection is given up
  void look_at_clock();
  /// Reads rows to nowhere, which may come for ever where the server was asked to stop and has not heard it.
  /// @return what came behind them
  Cursor::Fetched skip_rows(Cursor& cursor);
  static constexpr int64_t rows_between_looks = 1024;
  /// As run, after a failure that is told already: nothing more is.
  void undo(std::string_view sql) noexcept;
  /// Notes what an error means for the session, and ends the call with it.
  [[noreturn]] void fail(DriverError error, IfLost if_lost = IfLost::not_applied);

  /// The result with unread rows, of which a connection has one.
  void open_result(Result& result) noexcept;
  void close_result() noexcept;
  /// It was released unread: what is left is read before the next command.
  void abandon_result(const Cursor& unread) noexcept;
  /// Closes a prepared statement when that can be sent.
  void close_later(MYSQL_STMT* statement) noexcept;
  /// Asks how texts are to be read, after a statement that may have changed it.
  void refresh_sql_mode();
  /// Tells the host of the warnings of a statement that has ended, if there are any.
  void tell_warnings(StatementKind of, unsigned count) noexcept;
  /// Lets the next texts hold several statements, or no more.
  void allow_several(bool allowed);

  const Settings& settings() const noexcept { return *settings_; }
  bool can_bind_arrays() const noexcept { return can_bind_arrays_; }

 private:
  enum class State : uint8_t { made, open, closed };

  void finish_leftovers();
  void disconnect() noexcept;

  const std::shared_ptr<const Settings> settings_;
  std::shared_ptr<Canceller> canceller_;
  Waiter waiter_;
  Transaction transaction_{*this};
  const Notices notices_;
  Client client_;
  State state_ = State::made;
  bool broken_ = false;
  bool ansi_quotes_ = false;
  bool can_bind_arrays_ = false;
  bool allows_several_ = false;
  Result* open_result_ = nullptr;
  Cursor unread_;
  std::vector<MYSQL_STMT*> closing_;
};

}  // namespace psa::mysql
