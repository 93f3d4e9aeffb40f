#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/submitted_run.hpp>

namespace prefect {

/// The result of a submitted task, once it is there: Prefect's PrefectFuture. Copies mean the same run. The
/// flow waits at its end for all of them; one that is never asked costs nothing and fails nothing.
/// Threads: any number at once.
template <class R>
class Future {
 public:
  explicit Future(std::shared_ptr<detail::SubmittedResult<R>> run) : run_(std::move(run)) {}

  /// Waits for the end of the run.
  void wait() const { run_->wait(); }
  /// @return whether it has ended in that time
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> time) const {
    return run_->wait_until(std::chrono::steady_clock::now() +
                            std::chrono::duration_cast<std::chrono::steady_clock::duration>(time));
  }
  bool done() const { return run_->done(); }

  /// Waits, and gives the result: a copy, or the result itself where it cannot be copied, once.
  /// @throws what the task threw; CancelledRun
  R get() const {
    run_->rethrow();
    if constexpr (requires { run_->result().copy(); }) {
      return run_->result().copy();
    } else {
      return run_->result().take();
    }
  }
  /// Prefect's name for get().
  R result() const { return get(); }

  /// The run's state now.
  State state() const { return run_->state(); }
  /// The task run's id, a UUID.
  const std::string& task_run_id() const noexcept { return run_->run_id(); }

  /// Asks for its end: a waiting run is Cancelled and never starts; in a running one, database operations
  /// end with CancelledError and stop_requested() turns true. Harmless later.
  void cancel() const { run_->cancel(); }

 private:
  std::shared_ptr<detail::SubmittedResult<R>> run_;
};

/// As an argument, a future is recorded as what it is to Prefect: the result of that task run.
template <class R>
void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const Future<R>& future) {
  boost::json::object& input = out.emplace_object();
  input["input_type"] = "task_run";
  input["id"] = future.task_run_id();
}

/// Waits for all.
template <class R>
void wait(const std::vector<Future<R>>& futures) {
  for (const auto& future : futures) future.wait();
}

}  // namespace prefect
