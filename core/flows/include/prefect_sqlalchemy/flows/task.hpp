#pragma once

#include <concepts>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/flows/await_call.hpp>
#include <prefect_sqlalchemy/flows/future.hpp>
#include <prefect_sqlalchemy/flows/run_call.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/run_options.hpp>

namespace prefect {

/// A function whose calls are recorded task runs, with retries and a timeout: Prefect's Task.
///
///     const auto fetch = prefect::task("fetch", [](const std::string& block) { ... }, {.retries = 3});
///
/// Called, it takes the function's arguments, gives its result and throws its exceptions, the same objects.
/// Within a flow the call is one of its task runs; elsewhere it is a task run alone. Copies share the
/// function. A function that is a coroutine (it gives boost::asio::awaitable<T>) makes a task that is
/// awaited: the run begins with co_await, owns its arguments, and waits by timers, blocking no thread; a
/// timeout cancels what it awaits. Making one touches neither the store nor a database, so it may stand at
/// namespace scope. Threads: calls from any number at once; the function then runs at once, too.
template <class Function>
class Task : private detail::TypedCall<Task<Function>, detail::signature_t<Function>> {
  using Typed = detail::TypedCall<Task<Function>, detail::signature_t<Function>>;
  friend Typed;

 public:
  Task(std::string name, Function function, TaskOptions options)
      : spec_(detail::make_run_spec(std::move(name), std::move(options))),
        function_(std::make_shared<const Function>(std::move(function))) {}

  const std::string& name() const noexcept { return spec_->name; }

  /// Runs it on this thread.
  /// @throws what the function throws in its last attempt; TaskRunTimeoutError; ArgumentError: there are
  ///         retries, but an argument cannot be copied for them
  template <class... Args>
  requires std::invocable<const Function&, Args...> std::invoke_result_t<const Function&, Args...>
  operator()(Args&&... args) const { return call(std::forward<Args>(args)...); }
  using Typed::operator();

  /// Runs it on the flow's task runner. Arguments are copied as std::async does; std::ref passes a
  /// reference. @return its future, at once
  template <class... Args>
  auto submit(Args&&... args) const {
    static_assert(!detail::Awaitable<std::invoke_result_t<const Function&, Args...>>,
                  "a task that is a coroutine is awaited; run several at once with Asio's operators");
    using Call = typename detail::OwnedCallFor<Function, detail::signature_t<Function>, Args...>::type;
    auto run = std::make_shared<Call>(function_, std::forward<Args>(args)...);
    run->submit(spec_, run->body());
    return Future<result_of<Call>>(std::move(run));
  }

  /// Submits one run for each element of a range. @return their futures, in its order
  template <class Range>
  auto map(Range&& range) const {
    std::vector<decltype(submit(*std::begin(range)))> futures;
    for (auto&& element : range) futures.push_back(submit(element));
    return futures;
  }

 private:
  template <class Call>
  using result_of = decltype(std::declval<Call&>().result().take());

  template <class... Args>
  std::invoke_result_t<const Function&, Args...> call(Args&&... args) const {
    return detail::call_or_await(spec_, function_, std::forward<Args>(args)...);
  }

  std::shared_ptr<const detail::RunSpec> spec_;
  std::shared_ptr<const Function> function_;
};

/// @param name      as it is recorded; UTF-8, not empty
/// @param function  can be called while const; a lambda is not `mutable`
/// @throws ArgumentError  the name is empty, or an option is negative
template <class Function>
Task<std::decay_t<Function>> task(std::string name, Function&& function, TaskOptions options = {}) {
  return Task<std::decay_t<Function>>(std::move(name), std::forward<Function>(function), std::move(options));
}

}  // namespace prefect
