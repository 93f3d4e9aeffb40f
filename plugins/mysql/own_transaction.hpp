// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.hpp"

namespace psa::mysql {

/// Runs `work`, of which all or nothing is to stay, where no transaction is open.
template <class Work>
auto in_own_transaction(Connection& connection, Work work) {
  connection.run("START TRANSACTION");
  try {
    auto result = work();
    connection.run("COMMIT", Connection::IfLost::maybe_applied);
    return result;
  } catch (...) {
    connection.undo("ROLLBACK");
    connection.transaction().forget_failure();
    throw;
  }
}

}  // namespace psa::mysql
