// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/driver_error.hpp>

#include "canceller.hpp"
#include "client.hpp"
#include "options.hpp"
#include "transaction.hpp"
#include "waiter.hpp"

namespace psa::mysql {

class Result;

/// One session: psa_connection. Statements share the ownership of the object, but not of the session:
/// release() ends that, and they answer PSA_INVALID_STATE from then on.
///
/// What may wait runs inside of waiter().operate(). Functions that fail throw DriverError.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  enum class IfLost : uint8_t { not_applied, maybe_applied };

  /// A connection that keeps itself alive until release().
  static Connection* create(const psa_connection_args& args);
  void release() noexcept;

  Connection(Settings settings, bool nonblocking);
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
  /// Notes what an error means for the session, and ends the call with it.
  [[noreturn]] void fail(DriverError error, IfLost if_lost = IfLost::not_applied);

  /// The result with unread rows, of which a connection has one.
  void open_result(Result& result) noexcept;
  void close_result() noexcept;
  /// It was released unread: `statement` is read to its end before the next command.
  void abandon_result(MYSQL_STMT* statement) noexcept;
  /// Closes a prepared statement when that can be sent.
  void close_later(MYSQL_STMT* statement) noexcept;
  /// Asks how texts are to be read, after a statement that may have changed it.
  void refresh_sql_mode();

  bool can_bind_arrays() const noexcept { return can_bind_arrays_; }

 private:
  enum class State : uint8_t { made, open, closed };

  void finish_leftovers();
  void disconnect() noexcept;

  const std::shared_ptr<const Settings> settings_;
  std::shared_ptr<Canceller> canceller_;
  Waiter waiter_;
  Transaction transaction_{*this};
  Client client_;
  State state_ = State::made;
  bool broken_ = false;
  bool ansi_quotes_ = false;
  bool can_bind_arrays_ = false;
  Result* open_result_ = nullptr;
  MYSQL_STMT* unread_ = nullptr;
  std::vector<MYSQL_STMT*> closing_;
  std::shared_ptr<Connection> self_;
};

}  // namespace psa::mysql
