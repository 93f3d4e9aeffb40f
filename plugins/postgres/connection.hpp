// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <psa/driver.h>
#include <psa/sdk/host_held.hpp>

#include "catalog.hpp"
#include "options.hpp"
#include "session.hpp"

namespace psa::postgres {

class Result;
class Statement;

/// One connection: psa_connection. Its statements share the ownership of the object, but not of the session:
/// release() closes that, and they answer PSA_INVALID_STATE from then on.
class Connection final : public HostHeld<Connection> {
 public:
  static std::shared_ptr<Connection> create(const psa_connection_args& args);
  void release() noexcept;

  explicit Connection(const psa_connection_args& args);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Session& session() noexcept { return session_; }
  Catalog& catalog() noexcept { return catalog_; }

  // Operations. Whoever runs one keeps the connection alive while it is pending.
  Task<> connect();
  Task<> close();
  Task<> ping();
  Task<> reset();
  Task<> begin(const psa_begin& begin);
  Task<> commit();
  Task<> rollback();
  Task<> savepoint(uint32_t action, std::string_view name);

  void state(psa_connection_state& out) const noexcept;
  void lexical(psa_lexical& out) const noexcept;

  // For statements and results.

  /// Makes sure that a command can be sent: connected, nothing unread. Reads what a released result left.
  /// @throws DriverError  PSA_INVALID_STATE
  Task<> enter();
  /// The same, if it is done without waiting. @return whether it is
  bool enter_now() const;
  /// Finds out about types that are not known yet.
  Task<> learn(std::vector<Oid> wanted);
  /// The BEGIN that goes with the next statement, or nothing; it counts as sent.
  std::string take_deferred_begin();
  bool has_deferred_begin() const noexcept { return !deferred_begin_.empty(); }
  /// Begins what was put off, by itself.
  Task<> begin_now();
  /// Whether a statement sent now commits by itself.
  bool autocommits() const noexcept { return deferred_begin_.empty() && !in_transaction_; }
  /// Before something is sent: notes where the transaction stands.
  void note_transaction() noexcept;

  std::string next_statement_name();
  /// The server's statement is to be closed with the next prepare.
  void forget_statement(std::string name) noexcept;
  std::vector<std::string> take_forgotten();

  void set_open_result(Result* result, bool pipelined) noexcept;
  /// The open result has been read to its end.
  void close_result() noexcept;
  /// The open result goes; what is unread is read by the next call.
  void abandon_result() noexcept { open_result_ = nullptr; }
  const Result* open_result() const noexcept { return open_result_; }

 private:
  enum class State : uint8_t { made, connecting, open, closed };

  static void on_notice(void* self, const PGresult* notice) noexcept;
  void start_client(const std::vector<Host>& hosts);
  void check_open() const;
  void disconnect() noexcept;
  int transaction_status() const noexcept;

  State state_ = State::made;
  bool in_transaction_ = false;
  bool stream_pipelined_ = false;
  Settings settings_;
  void (*on_notice_)(void*, const psa_error*) = nullptr;
  void* notice_context_ = nullptr;
  Session session_;
  Catalog catalog_;
  std::string deferred_begin_;
  uint64_t statements_made_ = 0;
  std::vector<std::string> forgotten_;
  Result* open_result_ = nullptr;
};

}  // namespace psa::postgres
