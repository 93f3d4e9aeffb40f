#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect {

namespace detail {
class ActiveRun;
}

/// Which run the calling code is part of. Task fields are empty in a flow's own code, flow fields in a task
/// that was called outside of any flow.
struct RunInfo {
  std::string flow_run_id;  ///< a UUID
  std::string flow_run_name;
  std::string flow_name;
  std::string task_run_id;  ///< a UUID
  std::string task_run_name;
  std::string task_name;
  int attempt = 0;  ///< of the innermost run, from 1
};

/// The run that the calling thread is in; std::nullopt outside of flows and tasks. A thread that user code
/// starts itself is in none. Threads: any.
PREFECT_SQLALCHEMY_API std::optional<RunInfo> current_run();

/// Asked to stop when the calling run times out or is cancelled; never, outside of runs.
PREFECT_SQLALCHEMY_API std::stop_token run_stop_token();
/// Long loops ask it, and return or throw early: nothing else can stop a function.
PREFECT_SQLALCHEMY_API bool stop_requested();

/// Writes log lines into the record of one run, and into the library's log (base/log.hpp). May be kept and
/// used from other threads. Texts are UTF-8; passwords in URLs are hidden.
class PREFECT_SQLALCHEMY_API RunLogger {
 public:
  explicit RunLogger(std::shared_ptr<detail::ActiveRun> run) : run_(std::move(run)) {}

  void debug(std::string_view text) const;
  void info(std::string_view text) const;
  void warning(std::string_view text) const;
  void error(std::string_view text) const;

 private:
  std::shared_ptr<detail::ActiveRun> run_;  // none outside of runs
};

/// The logger of the calling run; outside of runs one that only writes into the library's log.
PREFECT_SQLALCHEMY_API RunLogger run_logger();

}  // namespace prefect
