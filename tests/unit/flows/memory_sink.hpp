#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/run_recorder.hpp>

namespace test_support {

using prefect::detail::FlowRunCreated;
using prefect::detail::LogLine;
using prefect::detail::OperationRun;
using prefect::detail::RunEvent;
using prefect::detail::StateChanged;
using prefect::detail::TaskRunCreated;

/// What a MemorySink was given. Threads: read it after a flush.
struct MemoryRecord {
  std::mutex mutex;
  std::vector<RunEvent> events;
  std::size_t batches = 0;
  int heartbeats = 0;
  int failures_to_come = 0;

  template <class Event>
  std::vector<Event> all() {
    const std::lock_guard lock(mutex);
    std::vector<Event> found;
    for (const RunEvent& event : events) {
      if (const auto* held = std::get_if<Event>(&event)) found.push_back(*held);
    }
    return found;
  }
  /// The states of a run, by name, in the order of their arrival.
  std::vector<std::string> states(const std::string& run_id) {
    std::vector<std::string> names;
    for (const StateChanged& change : all<StateChanged>()) {
      if (change.run_id == run_id) names.push_back(change.state.name);
    }
    return names;
  }
  prefect::State last_state(const std::string& run_id) {
    prefect::State last;
    for (const StateChanged& change : all<StateChanged>()) {
      if (change.run_id == run_id) last = change.state;
    }
    return last;
  }
};

class MemorySink final : public prefect::detail::RunSink {
 public:
  explicit MemorySink(std::shared_ptr<MemoryRecord> record) : record_(std::move(record)) {}
  void write(std::span<const RunEvent> events) override {
    const std::lock_guard lock(record_->mutex);
    if (record_->failures_to_come > 0) {
      --record_->failures_to_come;
      throw std::runtime_error("disk full");
    }
    ++record_->batches;
    record_->events.insert(record_->events.end(), events.begin(), events.end());
  }
  void heartbeat() override {
    const std::lock_guard lock(record_->mutex);
    ++record_->heartbeats;
  }
  std::string name() const override { return "the memory"; }

 private:
  std::shared_ptr<MemoryRecord> record_;
};

/// A test whose runs are recorded in memory.
class RecordedInMemory : public testing::Test {
 protected:
  RecordedInMemory() {
    prefect::detail::RunRecorder::process().replace_sink(
        [record = record_] { return std::make_unique<MemorySink>(record); });
  }
  ~RecordedInMemory() override { prefect::detail::RunRecorder::process().close(); }

  /// The only flow run there is.
  FlowRunCreated flow_run() {
    const auto runs = record_->all<FlowRunCreated>();
    EXPECT_EQ(1U, runs.size());
    return runs.empty() ? FlowRunCreated{} : runs.front();
  }
  TaskRunCreated task_run(std::size_t index = 0) {
    const auto runs = record_->all<TaskRunCreated>();
    EXPECT_LT(index, runs.size());
    return index < runs.size() ? runs[index] : TaskRunCreated{};
  }

  std::shared_ptr<MemoryRecord> record_ = std::make_shared<MemoryRecord>();
};

using Names = std::vector<std::string>;

}  // namespace test_support
