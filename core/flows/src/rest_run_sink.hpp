#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_sink.hpp>

#include "operation_tables.hpp"

namespace prefect::detail {

/// Runs on a Prefect server, by the REST calls that Prefect 2 and 3 both serve. Making one contacts nobody.
///
/// Runs may have another id here than on the server: flow runs get theirs from it, and so do task runs of
/// Prefect 2. All functions take the ids of here.
class RestRunSink final : public RunSink, public RunAuthority {
 public:
  explicit RestRunSink(std::shared_ptr<RestClient> client);

  /// What the server refuses, other than for a while, is told in a warning and left out.
  void write(std::span<const RunEvent> events) override;
  void heartbeat() override {}
  std::string name() const override { return client_->name(); }
  RunAuthority* authority() noexcept override { return this; }
  bool comes_back() const noexcept override { return true; }
  std::size_t drop_batch() override;
  void give_up_at(std::chrono::steady_clock::time_point moment) override { client_->give_up_at(moment); }

  KnownRun create(const FlowRunCreated& event) override;
  void announce(const TaskRunCreated& event) override;
  void create(const TaskRunCreated& event) override;
  void adopt(const FlowRunCreated& event) override;
  Verdict propose(const StateChanged& change, bool force) override;

 private:
  /// The ids of runs that the server calls otherwise; the oldest are forgotten.
  class Names {
   public:
    void set(const std::string& here, const std::string& there);
    std::string of(const std::string& here) const;
    bool has(const std::string& here) const;

   private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::string> there_;
    std::deque<std::string> order_;
  };

  void deliver(const FlowRunCreated& event) { create(event); }
  void deliver(const TaskRunCreated& event) { create(event); }
  void deliver(const StateChanged& event);
  void deliver(const LogLine& event);
  void deliver(const OperationRun& event);
  void send_logs();
  void send_table(const std::string& run_id);
  void deliver_or_tell(const std::function<void()>& delivery);
  void deliver_ends();
  std::string flow_id(const std::string& flow_name);
  bool takes_task_ids();
  std::string input_id(const std::string& task_run);

  struct End {
    const StateChanged* change;
    bool told = false;
  };

  const std::shared_ptr<RestClient> client_;
  const bool in_cloud_;
  Names names_;
  std::mutex mutex_;
  std::map<std::string, std::string> flow_ids_;  // by flow name
  std::optional<bool> takes_task_ids_;
  std::map<std::string, TaskRunCreated> announced_;  // by id
  OperationTables tables_;

  // Of the recorder's writer alone.
  std::size_t next_ = 0;     // event of the batch to be delivered
  std::size_t settled_ = 0;  // those before it are on the server
  boost::json::array logs_;
  std::size_t log_bytes_ = 0;
  std::vector<End> ends_;  // of task runs in the batch
};

}  // namespace prefect::detail
