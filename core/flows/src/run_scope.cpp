#include "run_scope.hpp"

#include <utility>

namespace prefect::detail {

RunScope::RunScope(std::shared_ptr<const RunSpec> spec, std::string flow_run_id, std::string flow_run_name,
                   std::string key_prefix)
    : spec_(std::move(spec)),
      flow_run_id_(std::move(flow_run_id)),
      flow_run_name_(std::move(flow_run_name)),
      key_prefix_(std::move(key_prefix)) {}

std::string RunScope::next_dynamic_key(const std::string& task_name) {
  const std::lock_guard lock(mutex_);
  return key_prefix_ + std::to_string(dynamic_keys_[task_name]++);
}

ThreadPool& RunScope::runner() {
  const std::lock_guard lock(mutex_);
  if (!runner_) runner_ = std::make_unique<ThreadPool>(spec_->task_runner);
  return *runner_;
}

bool RunScope::has_submitted() {
  const std::lock_guard lock(mutex_);
  return runner_ != nullptr;
}

void RunScope::wait_for_submitted() {
  ThreadPool* runner = nullptr;
  {
    const std::lock_guard lock(mutex_);
    runner = runner_.get();
  }
  if (!runner) return;
  runner->wait_idle();
  // Its threads end here, on the run's own thread: the last one to hold this object may be one of them.
  std::unique_ptr<ThreadPool> done;
  const std::lock_guard lock(mutex_);
  done = std::move(runner_);
}

}  // namespace prefect::detail
