#include <utility>

#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/submitted_run.hpp>

#include "active_run.hpp"
#include "terminate_report.hpp"

namespace prefect::detail {

SubmittedRun::SubmittedRun() = default;
SubmittedRun::~SubmittedRun() = default;

void SubmittedRun::submit(const std::shared_ptr<const RunSpec>& spec, const RunBody& body) {
  ActiveRun* const parent = ActiveRun::current();
  context_ = ActiveRun::create(spec, body, parent);
  context_->announce();
  pool_ = parent ? &parent->scope().runner() : &ThreadPool::process();
  pool_->add(shared_from_this());
}

bool SubmittedRun::claim() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(claimed_, true);
}

bool SubmittedRun::run_if_waiting() {
  if (!claim()) return false;
  std::exception_ptr error = context_->execute(body());
  release();
  if (context_->outermost()) {
    RunRecorder::process().flush();
    context_->leave();
    Termination::wait_if_requested();
  }
  settle(std::move(error));
  return true;
}

void SubmittedRun::settle(std::exception_ptr error) {
  // The pool goes when its last run has ended, so nothing of it is touched afterwards.
  ThreadPool* const pool = pool_;
  {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    done_ = true;
    ended_.notify_all();
  }
  pool->run_ended();
}

void SubmittedRun::wait() {
  if (ThreadPool::on_worker_thread() && run_if_waiting()) return;
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return done_; });
}

bool SubmittedRun::wait_until(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return ended_.wait_until(lock, deadline, [this] { return done_; });
}

bool SubmittedRun::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void SubmittedRun::cancel() {
  if (!claim()) {
    context_->cancel();
    return;
  }
  std::exception_ptr error = context_->cancel_unstarted();
  release();
  settle(std::move(error));
}

State SubmittedRun::state() const { return context_->state(); }

const std::string& SubmittedRun::run_id() const noexcept { return context_->id(); }

void SubmittedRun::rethrow() {
  wait();
  std::exception_ptr error;
  {
    const std::lock_guard lock(mutex_);
    error = error_;
  }
  if (!error) return;
  if (ActiveRun::current() == nullptr) exception_leaves_runs(error);
  std::rethrow_exception(error);
}

}  // namespace prefect::detail
