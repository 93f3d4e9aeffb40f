#pragma once

#include <string>
#include <variant>

#include <prefect_sqlalchemy/flows/run_history.hpp>

namespace psa_cli {

using FoundRun = std::variant<prefect::RecordedFlowRun, prefect::RecordedTaskRun>;

/// The run that a command's argument names, with all that belongs to it.
/// @param text  an id, the beginning of one, or a run's name; empty: the newest
/// @throws std::runtime_error  there is none, or there are several
FoundRun find_run(const prefect::RunHistory& history, const std::string& text);

}  // namespace psa_cli
