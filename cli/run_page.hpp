#pragma once

#include <iosfwd>

#include "run_argument.hpp"

namespace psa_cli {

/// Writes a run, with the runs below it, as one HTML page that needs nothing else: no script, no other file.
/// The timeline has a bar for each run and each database operation; opening a run (a click, Enter or Space)
/// shows its states, operations and logs.
/// @param history  gives the flow runs that task runs stand for
void write_run_page(std::ostream& out, const prefect::RunHistory& history, const FoundRun& run);

/// The page's style sheet.
extern const char* const run_page_style;

}  // namespace psa_cli
