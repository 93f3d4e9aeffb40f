#include "local_run_sink.hpp"

#include <exception>

#include <unistd.h>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/blocks/settings.hpp>

#include "crashed_runs.hpp"
#include "run_batch.hpp"
#include "run_id.hpp"

namespace prefect::detail {
namespace {

using prefect_sqlalchemy::Connection;

std::string now_text() { return iso_time(std::chrono::system_clock::now()); }

std::optional<ProcessLock> lock_this_process(const std::string& process_id) {
  try {
    return ProcessLock::create(prefect_home() / "run-locks", process_id);
  } catch (const std::exception& error) {
    // A store on a server needs no home folder: the heartbeat alone tells then that this process lives.
    prefect_sqlalchemy::log::debug(std::string("no lock file for this process: ") + error.what());
    return std::nullopt;
  }
}

}  // namespace

LocalRunSink::LocalRunSink() : LocalRunSink(StoreDatabase::current()) {}

LocalRunSink::LocalRunSink(StoreDatabase& store) : store_(store), process_id_(new_run_id()) {
  store_.engine();
  mark_crashed_runs(store_);
  lock_ = lock_this_process(process_id_);
  store_.write([this](Connection& connection) { enter(connection); });
}

LocalRunSink::~LocalRunSink() {
  if (!open_runs_.empty()) return;
  try {
    store_.write([this](Connection& connection) {
      connection.execute("DELETE FROM psa_run_process WHERE id = :id", {{"id", process_id_}});
    });
    if (lock_) lock_->remove();
  } catch (const std::exception& error) {
    prefect_sqlalchemy::log::debug(std::string("this process stays entered in the store: ") + error.what());
  }
}

void LocalRunSink::enter(Connection& connection) {
  connection.execute(
      "INSERT INTO psa_run_process (id, host, pid, lock_file, started, heartbeat, last_batch)"
      " VALUES (:id, :host, :pid, :lock_file, :now, :now, :batch)",
      {{"id", process_id_},
       {"host", host_name()},
       {"pid", static_cast<std::int64_t>(::getpid())},
       {"lock_file", lock_ ? lock_->file().string() : std::string()},
       {"now", now_text()},
       {"batch", batch_}});
}

void LocalRunSink::write(std::span<const RunEvent> events) {
  const RunBatch rows(events, process_id_);
  const std::int64_t number = batch_ + 1;
  store_.write([&](Connection& connection) {
    const auto changed = connection.execute(
        "UPDATE psa_run_process SET heartbeat = :now, last_batch = :number"
        " WHERE id = :id AND last_batch < :number",
        {{"now", now_text()}, {"number", number}, {"id", process_id_}});
    if (changed.rowcount() == 0) {
      const auto last =
          connection.execute("SELECT last_batch FROM psa_run_process WHERE id = :id", {{"id", process_id_}})
              .scalar<std::int64_t>();
      // The answer to an earlier commit of this very batch was lost: it is there.
      if (last && *last >= number) return;
      // Somebody took this process for dead, after a long stop for example.
      enter(connection);
    }
    rows.apply(connection);
  });
  batch_ = number;
  for (const RunEvent& event : events) {
    if (const auto* flow = std::get_if<FlowRunCreated>(&event)) {
      open_runs_.insert(flow->id);
    } else if (const auto* task = std::get_if<TaskRunCreated>(&event)) {
      open_runs_.insert(task->id);
    } else if (const auto* state = std::get_if<StateChanged>(&event); state && state->state.is_final()) {
      open_runs_.erase(state->run_id);
    }
  }
}

void LocalRunSink::heartbeat() {
  store_.write([this](Connection& connection) {
    connection.execute("UPDATE psa_run_process SET heartbeat = :now WHERE id = :id",
                       {{"now", now_text()}, {"id", process_id_}});
  });
}

}  // namespace prefect::detail
