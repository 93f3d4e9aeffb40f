#include "terminate_report.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

namespace prefect::detail {
namespace {

std::terminate_handler previous_handler = nullptr;

// Held, not only remembered by address: another exception could be made at the same place.
thread_local std::exception_ptr left_runs;

/// Prints the exception if it is ours to tell. @param code  the exit code. @return whether it was
bool told(const std::exception_ptr& error, int& code) {
  const bool through_run = error == left_runs;
  try {
    std::rethrow_exception(error);
  } catch (const AbortedRun& aborted) {
    std::cerr << aborted.what() << std::endl;
    // The server knows; to its worker another code would mean a crash.
    if (std::getenv("PREFECT__FLOW_RUN_ID") != nullptr) code = 0;
    return true;
  } catch (const prefect_sqlalchemy::Error& known) {
    std::cerr << known.what() << std::endl;
    return true;
  } catch (const std::exception& known) {
    if (through_run) std::cerr << known.what() << std::endl;
    return through_run;
  } catch (...) {
    return false;
  }
}

[[noreturn]] void report_and_end() {
  const std::exception_ptr error = std::current_exception();
  int code = 1;
  if (error && told(error, code)) {
    RunRecorder::process().close();
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  if (previous_handler) previous_handler();
  std::abort();
}

}  // namespace

void install_terminate_report() {
  static const bool installed = [] {
    previous_handler = std::set_terminate(report_and_end);
    return true;
  }();
  static_cast<void>(installed);
}

void exception_leaves_runs(std::exception_ptr error) noexcept { left_runs = std::move(error); }

}  // namespace prefect::detail
