#pragma once

#include <exception>
#include <string>

#include <cxxabi.h>

#include <prefect_sqlalchemy/flows/run_policy.hpp>

namespace prefect::detail {

/// Calls a function. @return the exception that it threw, or nullptr
/// A thread's cancellation (pthread_cancel) is no exception to keep: it goes on.
template <class Function>
std::exception_ptr run_once(Function&& function) {
  try {
    function();
    return nullptr;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return std::current_exception();
  }
}

/// What an attempt's exception (nullptr: none) means for its run.
/// @param asked_to_stop  then CancelledError of a database is a consequence
/// @param out_of_time    its own timeout has passed
AttemptEnd attempt_end(const std::exception_ptr& error, bool asked_to_stop, bool out_of_time);

/// The TimeoutError of that kind of run.
std::exception_ptr timeout_error(RunKind kind, const std::string& message);

}  // namespace prefect::detail
