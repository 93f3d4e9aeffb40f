#pragma once

#include <exception>

namespace prefect::detail {

/// Makes an uncaught exception that came through a flow, or is a prefect_sqlalchemy::Error, end the program
/// with its text on standard error and exit code 1, as an uncaught one does in Python. Any other goes to the
/// handler that was there before. Only the first call does something. Threads: any.
void install_terminate_report();

/// Says that this exception leaves the calling thread's outermost run.
void exception_leaves_runs(std::exception_ptr error) noexcept;

}  // namespace prefect::detail
