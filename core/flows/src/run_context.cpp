#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>

#include "active_run.hpp"

namespace prefect {

using detail::ActiveRun;
using detail::LogLevel;

std::optional<RunInfo> current_run() {
  const ActiveRun* run = ActiveRun::current();
  return run ? std::optional(run->info()) : std::nullopt;
}

std::stop_token run_stop_token() {
  const ActiveRun* run = ActiveRun::current();
  return run ? run->attempt_stop() : std::stop_token();
}

bool stop_requested() { return run_stop_token().stop_requested(); }

RunLogger run_logger() {
  ActiveRun* run = ActiveRun::current();
  return RunLogger(run ? run->shared_from_this() : nullptr);
}

void RunLogger::debug(std::string_view text) const {
  run_ ? run_->log(LogLevel::debug, text) : prefect_sqlalchemy::log::debug(text);
}
void RunLogger::info(std::string_view text) const {
  run_ ? run_->log(LogLevel::info, text) : prefect_sqlalchemy::log::info(text);
}
void RunLogger::warning(std::string_view text) const {
  run_ ? run_->log(LogLevel::warning, text) : prefect_sqlalchemy::log::warning(text);
}
void RunLogger::error(std::string_view text) const {
  run_ ? run_->log(LogLevel::error, text) : prefect_sqlalchemy::log::error(text);
}

}  // namespace prefect
