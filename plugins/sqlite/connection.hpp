// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <psa/sdk/host_held.hpp>
#include <psa/sdk/operation.hpp>

#include "options.hpp"
#include "transaction.hpp"

namespace psa::sqlite {

class Statement;

/// One SQLite connection: psa_connection. Its statements share the ownership of the object, but not of the
/// database: release() closes that, and they answer PSA_INVALID_STATE from then on.
///
/// Functions that fail throw DriverError. One call at a time, as the interface says.
class Connection final : public HostHeld<Connection> {
 public:
  static std::shared_ptr<Connection> create(const psa_connection_args& args);
  void release() noexcept;

  explicit Connection(Settings settings);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  void connect(int64_t deadline);
  void close(int64_t deadline);
  void ping(int64_t deadline);
  /// Rolls back and ends unfinished results.
  void reset(int64_t deadline);

  void begin(const psa_begin& begin, int64_t deadline);
  void commit(int64_t deadline);
  void rollback(int64_t deadline);
  void savepoint(uint32_t action, std::string_view name, int64_t deadline);
  void state(psa_connection_state& out) const noexcept;
  void lexical(psa_lexical& out) const noexcept;

  /// What cancel handles share.
  const std::shared_ptr<Operation>& operation() const noexcept { return operation_; }

  /// For statements. The database; throws PSA_INVALID_STATE unless connected.
  sqlite3* database() const {
    if (database_ == nullptr) throw_not_open();
    return database_;
  }
  Transaction& transaction() noexcept { return transaction_; }
  void add(Statement& statement) { statements_.push_back(&statement); }
  void remove(Statement& statement) noexcept;

  /// Ends the present operation with SQLite's `code`: what stopped it, or else the database's own error.
  /// @param text_begin  as for last_error
  [[noreturn]] void fail(int code, int64_t text_begin = 0);

  /// While one lives, a wait for a lock is given up at once: releasing never waits.
  class NoWaiting {
   public:
    explicit NoWaiting(Connection& connection) noexcept : connection_(connection) {
      connection_.may_wait_ = false;
    }
    NoWaiting(const NoWaiting&) = delete;
    NoWaiting& operator=(const NoWaiting&) = delete;
    ~NoWaiting() { connection_.may_wait_ = true; }

   private:
    Connection& connection_;
  };

 private:
  static int on_busy(void* self, int count) noexcept;
  static int on_progress(void* self) noexcept;

  bool wait_for_lock(int count);
  void apply_settings();
  void run(const std::string& sql);
  void end_results() noexcept;
  void disconnect() noexcept;
  [[noreturn]] void throw_not_open() const;
  template <class Action>
  void in_operation(int64_t deadline, Action&& action);

  enum class State : uint8_t { made, open, closed };

  State state_ = State::made;
  bool may_wait_ = true;
  int64_t waiting_since_ = 0;
  sqlite3* database_ = nullptr;
  Settings settings_;
  Transaction transaction_;
  std::shared_ptr<Operation> operation_ = std::make_shared<Operation>();
  std::vector<Statement*> statements_;
};

}  // namespace psa::sqlite
