// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <psa/driver.h>

#include "statement_kind.hpp"

namespace psa::odbc {

class Connection;

/// The transaction of one connection. ODBC does not tell where the server stands; what is known is what was
/// begun here, that SQL of the user's may have begun or ended one, and that some errors end one.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}

  void begin(const psa_begin& begin);
  void commit();
  void rollback();
  void savepoint(uint32_t action, std::string_view name);

  /// Whether a statement of that kind is to be done by begin(), commit() or rollback() in its place.
  bool takes_over(StatementKind kind) const noexcept;
  /// Before a statement of the user: begins what was put off. @throws DriverError if it has failed
  void before_statement();
  /// After one of that kind went well: SQL may have begun a transaction, or ended one that SQL began.
  void after_statement(StatementKind kind) noexcept;
  /// An error has ended it at the server, if one was open: what follows must not commit by itself.
  void fail() noexcept;
  /// A PSA_TRANSACTION value.
  uint32_t state() const noexcept;
  /// Whether statements do not commit themselves.
  bool is_open() const noexcept { return state_ == PSA_TRANSACTION_OPEN || state_ == PSA_TRANSACTION_FAILED; }

 private:
  void start(const psa_begin& begin);
  void end(int16_t how);
  void leave() noexcept;

  Connection& connection_;
  std::optional<psa_begin> deferred_;
  uint32_t state_ = PSA_TRANSACTION_NONE;
  bool resets_isolation_ = false;
};

}  // namespace psa::odbc
