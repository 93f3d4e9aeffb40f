#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/flows/run_policy.hpp>

namespace prefect {

/// The name of each run: a text in which `{block}` stands for the parameter of that name, or a function of
/// the parameters as they are recorded. Empty: a name is made up.
using RunName = std::variant<std::string, std::function<std::string(const boost::json::object&)>>;

/// Runs submitted tasks on threads of its own, one set for each flow run, started as they are needed.
struct ThreadPoolTaskRunner {
  /// Tasks that run at once; 0: as many as the machine has processors, but at least 4.
  int max_workers = 0;
};

/// How a task runs.
struct TaskOptions {
  /// Further attempts after a failed one.
  int retries = 0;
  /// The time between them: a duration, a list, or exponential_backoff(...).
  RetryDelay retry_delay = {};
  /// See RetryPolicy::jitter_factor.
  double retry_jitter_factor = 0;
  /// For each attempt; 0: none. A blocked function cannot be stopped: it becomes the deadline of every
  /// database call inside and the stop token; the state is TimedOut when the function returns.
  std::chrono::milliseconds timeout{0};
  std::vector<std::string> tags = {};
  RunName run_name = std::string();
  /// The parameters' names, in order, for records and run names; those not given are arg0, arg1, ...
  std::vector<std::string> parameters = {};
};

/// How a flow runs; the same fields mean the same as a task's.
struct FlowOptions {
  int retries = 0;
  RetryDelay retry_delay = {};
  double retry_jitter_factor = 0;
  std::chrono::milliseconds timeout{0};
  std::vector<std::string> tags = {};
  RunName run_name = std::string();
  std::vector<std::string> parameters = {};
  ThreadPoolTaskRunner task_runner = {};
};

}  // namespace prefect
