#pragma once

#include <chrono>
#include <string>

#include <prefect_sqlalchemy/blocks/store_database.hpp>

namespace prefect::detail {

/// A process of another host whose heartbeat is older is taken for dead.
inline constexpr std::chrono::minutes heartbeat_patience{5};

/// The name of this machine, as recorded beside each process.
std::string host_name();

/// Gives the state Crashed to each run in the store whose process is gone, and forgets those processes.
/// @return runs marked
/// @throws as StoreDatabase
int mark_crashed_runs(StoreDatabase& store);

}  // namespace prefect::detail
