// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <psa/driver.h>

namespace psa::mysql {

class Connection;

/// The transaction of one connection. Where it stands is what the server last told, but for one that has
/// not begun yet and one that a deadlock has ended: after that one statements would commit themselves one by
/// one, so they are refused until it is rolled back.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}

  void begin(const psa_begin& begin);
  void commit();
  void rollback();
  void savepoint(uint32_t action, std::string_view name);

  /// Before a statement of the user: begins what was put off. @throws DriverError if it has failed
  void before_statement();
  /// The server has rolled it back by itself.
  void fail() noexcept { failed_ = true; }
  void forget_failure() noexcept { failed_ = false; }
  /// A PSA_TRANSACTION value.
  uint32_t state() const noexcept;

 private:
  void send_begin(const psa_begin& begin);

  Connection& connection_;
  std::optional<psa_begin> deferred_;
  bool failed_ = false;
};

}  // namespace psa::mysql
