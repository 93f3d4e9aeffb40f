#include "crashed_runs.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/flows/states.hpp>

#include "process_lock.hpp"
#include "run_id.hpp"

namespace prefect::detail {
namespace {

using prefect_sqlalchemy::Connection;

struct Process {
  std::string id;
  std::string host;
  std::int64_t pid = 0;
  std::string lock_file;
  std::string heartbeat;
};

std::vector<Process> processes(StoreDatabase& store) {
  return store.read([](Connection& connection) {
    std::vector<Process> found;
    auto result = connection.execute("SELECT id, host, pid, lock_file, heartbeat FROM psa_run_process");
    for (const auto& row : result) {
      found.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::int64_t>(2),
                       row.get<std::string>(3), row.get<std::string>(4)});
    }
    return found;
  });
}

bool heartbeat_is_old(const Process& process) {
  return std::chrono::system_clock::now() - parse_iso_time(process.heartbeat) > heartbeat_patience;
}

int mark_in(Connection& connection, const std::string& table, const Process& process, const State& crashed) {
  auto open = connection.execute("SELECT id FROM " + table +
                                     " WHERE process = :process AND state_type NOT IN ('COMPLETED', 'FAILED',"
                                     " 'CRASHED', 'CANCELLED')",
                                 {{"process", process.id}});
  const auto ids = open.scalars<std::string>();
  for (const std::string& id : ids) {
    connection.execute("UPDATE " + table +
                           " SET state_type = 'CRASHED', state_name = 'Crashed', state_message = :message,"
                           " end_time = :now WHERE id = :id",
                       {{"message", crashed.message}, {"now", iso_time(crashed.timestamp)}, {"id", id}});
    const auto last =
        connection.execute("SELECT MAX(sequence) FROM psa_run_state WHERE run_id = :id", {{"id", id}})
            .scalar<std::optional<std::int64_t>>();
    connection.execute(
        "INSERT INTO psa_run_state (run_id, sequence, id, type, name, message, timestamp)"
        " VALUES (:run, :sequence, :id, 'CRASHED', 'Crashed', :message, :now)",
        {{"run", id},
         {"sequence", last.value_or(std::nullopt).value_or(-1) + 1},
         {"id", new_run_id()},
         {"message", crashed.message},
         {"now", iso_time(crashed.timestamp)}});
  }
  return static_cast<int>(ids.size());
}

int mark_runs_of(StoreDatabase& store, const Process& process) {
  const State crashed = Crashed("The process that ran it ended without reporting (process " +
                                std::to_string(process.pid) + " on " + process.host + ")");
  return store.write([&](Connection& connection) {
    // Whoever deletes the row marks the runs; another one at the same time finds nothing to delete.
    const auto deleted =
        connection.execute("DELETE FROM psa_run_process WHERE id = :id", {{"id", process.id}});
    if (deleted.rowcount() == 0) return 0;
    return mark_in(connection, "psa_flow_run", process, crashed) +
           mark_in(connection, "psa_task_run", process, crashed);
  });
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

int mark_crashed_runs(StoreDatabase& store) {
  int marked = 0;
  const std::string host = host_name();
  for (const Process& process : processes(store)) {
    std::optional<ProcessLock> lock;
    if (process.host == host && !process.lock_file.empty()) lock = ProcessLock::take(process.lock_file);
    const bool lock_is_held = !lock && process.host == host && !process.lock_file.empty() &&
                              std::filesystem::exists(process.lock_file);
    if (lock_is_held || (!lock && !heartbeat_is_old(process))) continue;
    marked += mark_runs_of(store, process);
    if (lock) lock->remove();
  }
  return marked;
}

}  // namespace prefect::detail
