#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <prefect_sqlalchemy/flows/run_engine.hpp>

#include "thread_pool.hpp"

namespace prefect::detail {

/// What a flow run shares with its task runs: counters and threads. A task run outside of flows has one of
/// its own. Threads: any number at once.
class RunScope {
 public:
  /// @param key_prefix  before each dynamic key
  RunScope(std::shared_ptr<const RunSpec> spec, std::string flow_run_id, std::string flow_run_name,
           std::string key_prefix = {});

  /// Empty for a task run outside of flows.
  const std::string& flow_run_id() const noexcept { return flow_run_id_; }
  const std::string& flow_run_name() const noexcept { return flow_run_name_; }
  /// Empty for a task run outside of flows.
  std::string flow_name() const { return flow_run_id_.empty() ? std::string() : spec_->name; }

  /// "0", "1", ...: which run of that task in this flow run it is.
  std::string next_dynamic_key(const std::string& task_name);
  std::int64_t next_log() noexcept { return logs_++; }
  std::int64_t next_operation() noexcept { return operations_++; }

  /// The threads for submitted tasks.
  ThreadPool& runner();
  /// Whether there are any to wait for.
  bool has_submitted();
  /// Returns when all submitted tasks have ended, and their threads, too.
  void wait_for_submitted();

 private:
  const std::shared_ptr<const RunSpec> spec_;
  const std::string flow_run_id_;
  const std::string flow_run_name_;
  const std::string key_prefix_;
  std::atomic<std::int64_t> logs_ = 0;
  std::atomic<std::int64_t> operations_ = 0;
  std::mutex mutex_;
  std::map<std::string, int> dynamic_keys_;
  std::unique_ptr<ThreadPool> runner_;
};

}  // namespace prefect::detail
