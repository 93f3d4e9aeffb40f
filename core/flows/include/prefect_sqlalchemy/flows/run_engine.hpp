#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/flows/run_options.hpp>

/// What the templates of Flow, Task and Future stand on.
namespace prefect::detail {

/// A flow run that was made before this process, which was started for it.
struct TakenRun {
  std::string id;
  std::string name;
  int run_count = 0;               ///< how often it ran before
  int retries = -1;                ///< that the server will grant; -1: none were set
  boost::json::object parameters;  ///< by name
};

/// What all runs of one flow or task have in common.
struct RunSpec {
  RunKind kind = RunKind::task;
  std::string name;
  RetryPolicy retry;
  std::chrono::milliseconds timeout{0};
  std::vector<std::string> tags;
  RunName run_name;
  std::vector<std::string> parameters;
  ThreadPoolTaskRunner task_runner;
  std::shared_ptr<const TakenRun> taken = nullptr;  ///< of this one call
};

/// @throws ArgumentError  the name is empty, or an option is negative
PREFECT_SQLALCHEMY_API std::shared_ptr<const RunSpec> make_run_spec(std::string name, TaskOptions options);
PREFECT_SQLALCHEMY_API std::shared_ptr<const RunSpec> make_run_spec(std::string name, FlowOptions options);

/// What is recorded of one call of a user's function.
class RecordedCall {
 public:
  virtual ~RecordedCall() = default;
  /// False if an argument cannot be copied, so that there can be one attempt only.
  virtual bool repeatable() const noexcept = 0;
  virtual boost::json::array recorded_arguments() const = 0;
  /// The JSON text of the result; empty where there is none.
  virtual std::string recorded_result() const = 0;
};

/// One call of a user's function with its arguments, whose result it keeps.
class RunBody : public RecordedCall {
 public:
  /// @param last  no attempt follows: arguments may be moved from
  virtual void attempt(bool last) = 0;
};

/// The same of a function that is a coroutine.
class AwaitableBody : public RecordedCall {
 public:
  virtual boost::asio::awaitable<void> attempt(bool last) = 0;
};

/// Runs a body as a run of the flow or task, within the calling thread's run if it is in one.
/// @throws what the body throws in its last attempt, the same object; TimeoutError
PREFECT_SQLALCHEMY_API void call_run(const std::shared_ptr<const RunSpec>& spec, RunBody& body);

/// The same for a coroutine, on the executor of whoever awaits it: that run is in place wherever and whenever
/// the body goes on. Delays and timeouts are Asio's timers. A timeout, or the cancellation of the awaiting
/// coroutine, cancels what the body awaits.
/// @param body  lives until the coroutine ends
PREFECT_SQLALCHEMY_API boost::asio::awaitable<void> await_run(std::shared_ptr<const RunSpec> spec,
                                                              AwaitableBody& body);

}  // namespace prefect::detail
