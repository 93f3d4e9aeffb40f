#include "terminate_report.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

namespace prefect::detail {
namespace {

std::terminate_handler previous_handler = nullptr;

// Held, not only remembered by address: another exception could be made at the same place.
thread_local std::exception_ptr left_runs;

/// Prints the exception if it is ours to tell. @return whether it was
bool told(const std::exception_ptr& error) {
  const bool through_run = error == left_runs;
  try {
    std::rethrow_exception(error);
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
  if (error && told(error)) {
    RunRecorder::process().close();
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(1);
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
