#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/flows/run_engine.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "active_run.hpp"
#include "terminate_report.hpp"

namespace prefect::detail {
namespace {

template <class Options>
RunSpec checked_spec(RunKind kind, std::string name, Options options) {
  const std::string what = kind == RunKind::flow ? "flow" : "task";
  if (name.empty()) throw prefect_sqlalchemy::ArgumentError("a " + what + " needs a name");
  if (name.size() > 200) {
    throw prefect_sqlalchemy::ArgumentError("the name of a " + what + " has at most 200 bytes");
  }
  const auto refuse_negative = [&](bool negative, const char* option) {
    if (negative) {
      throw prefect_sqlalchemy::ArgumentError("the " + what + " \"" + name + "\" has a negative " + option);
    }
  };
  refuse_negative(options.retries < 0, "number of retries");
  refuse_negative(options.retry_jitter_factor < 0, "retry_jitter_factor");
  refuse_negative(options.timeout.count() < 0, "timeout");
  // Each program with flows makes one of these, mostly before main: no store is touched here.
  install_terminate_report();
  return RunSpec{kind,
                 std::move(name),
                 {options.retries, std::move(options.retry_delay), options.retry_jitter_factor},
                 options.timeout,
                 std::move(options.tags),
                 std::move(options.run_name),
                 std::move(options.parameters),
                 {}};
}

}  // namespace

std::shared_ptr<const RunSpec> make_run_spec(std::string name, TaskOptions options) {
  return std::make_shared<const RunSpec>(checked_spec(RunKind::task, std::move(name), std::move(options)));
}

std::shared_ptr<const RunSpec> make_run_spec(std::string name, FlowOptions options) {
  const ThreadPoolTaskRunner runner = options.task_runner;
  RunSpec spec = checked_spec(RunKind::flow, std::move(name), std::move(options));
  spec.task_runner = runner;
  return std::make_shared<const RunSpec>(std::move(spec));
}

void call_run(const std::shared_ptr<const RunSpec>& spec, RunBody& body) {
  const auto run = ActiveRun::create(spec, body, ActiveRun::current());
  const std::exception_ptr error = run->execute(body);
  if (run->outermost()) {
    RunRecorder::process().flush();
    run->leave();
    Termination::wait_if_requested();
  }
  if (!error) return;
  if (run->outermost()) exception_leaves_runs(error);
  std::rethrow_exception(error);
}

}  // namespace prefect::detail
