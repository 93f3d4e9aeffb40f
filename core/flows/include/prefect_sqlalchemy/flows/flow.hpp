#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <prefect_sqlalchemy/flows/await_call.hpp>
#include <prefect_sqlalchemy/flows/flow_parameters.hpp>
#include <prefect_sqlalchemy/flows/run_call.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/run_options.hpp>

namespace prefect {

/// A function whose calls are recorded flow runs: Prefect's Flow.
///
///     const auto customers = prefect::flow("customers", [](const std::string& block) { ... });
///
/// Called, it takes the function's arguments, gives its result and throws its exceptions, the same objects;
/// before that it waits for the tasks it submitted. Called within a flow or task it is a subflow, with a task
/// run in the parent. When the outermost one returns, everything about it is in the store. Copies share the
/// function. A function that is a coroutine (it gives boost::asio::awaitable<T>) makes a flow that is
/// awaited: the run begins with co_await, owns its arguments, and waits by timers, blocking no thread; a
/// timeout cancels what it awaits. Making one touches neither the store nor a database, so it may stand at
/// namespace scope.
///
/// In a program that a Prefect worker has started (PREFECT__FLOW_RUN_ID), the first call of the flow whose
/// run that is, outside of other runs, takes the run over: parameters that the server gives, by the names in
/// FlowOptions::parameters, go before the call's own arguments, which are those of a run by hand. A parameter
/// that does not fit fails the run (ParameterTypeError). See docs/prefect.md.
///
/// In a program with flows, an exception that leaves main() through a flow, and any
/// prefect_sqlalchemy::Error that does, ends it with its text on standard error and exit code 1.
/// Threads: calls from any number at once; each is a run of its own.
template <class Function>
class Flow : private detail::TypedCall<Flow<Function>, detail::signature_t<Function>> {
  using Typed = detail::TypedCall<Flow<Function>, detail::signature_t<Function>>;
  friend Typed;

 public:
  Flow(std::string name, Function function, FlowOptions options)
      : spec_(detail::make_run_spec(std::move(name), std::move(options))),
        function_(std::make_shared<const Function>(std::move(function))) {}

  const std::string& name() const noexcept { return spec_->name; }

  /// Runs it on this thread.
  /// @throws what the function throws in its last attempt; FlowRunTimeoutError; ArgumentError: there are
  ///         retries, but an argument cannot be copied for them. With a Prefect server: PrefectServerError,
  ///         before anything ran: it cannot be reached or refuses the run; AbortedRun: it has stopped the
  ///         run; SettingsError
  template <class... Args>
  requires std::invocable<const Function&, Args...> std::invoke_result_t<const Function&, Args...>
  operator()(Args&&... args) const { return call(std::forward<Args>(args)...); }
  using Typed::operator();

 private:
  template <class... Args>
  std::invoke_result_t<const Function&, Args...> call(Args&&... args) const {
    if (auto taken = detail::take_deployed_run(*spec_)) {
      return detail::call_deployed(*spec_, function_, std::move(taken), std::forward<Args>(args)...);
    }
    return detail::call_or_await(spec_, function_, std::forward<Args>(args)...);
  }

  std::shared_ptr<const detail::RunSpec> spec_;
  std::shared_ptr<const Function> function_;
};

/// @param name      as it is recorded; UTF-8, not empty
/// @param function  can be called while const; a lambda is not `mutable`
/// @throws ArgumentError  the name is empty, or an option is negative
template <class Function>
Flow<std::decay_t<Function>> flow(std::string name, Function&& function, FlowOptions options = {}) {
  return Flow<std::decay_t<Function>>(std::move(name), std::forward<Function>(function), std::move(options));
}

}  // namespace prefect
