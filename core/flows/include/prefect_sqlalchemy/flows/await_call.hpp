#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include <prefect_sqlalchemy/flows/run_call.hpp>

/// How a user's coroutine and its arguments become an AwaitableBody with their types kept.
namespace prefect::detail {

template <class R>
struct AwaitedType {
  static constexpr bool is_awaitable = false;
};
template <class T>
struct AwaitedType<boost::asio::awaitable<T>> {
  static constexpr bool is_awaitable = true;
  using type = T;
};
template <class R>
concept Awaitable = AwaitedType<R>::is_awaitable;

/// A call that owns its arguments, as std::async does: a coroutine goes on long after its caller's statement.
template <class T, class Function, class... Stored>
class AwaitableCall final : public AwaitableBody {
 public:
  AwaitableCall(const Function& function, ResultSlot<T>& result, std::tuple<Stored...> stored)
      : function_(function), result_(result), stored_(std::move(stored)) {}

  boost::asio::awaitable<void> attempt(bool last) override {
    if constexpr (can_repeat) {
      if (!last) return run(std::make_unique<std::tuple<Stored...>>(stored_));
    }
    return run(std::make_unique<std::tuple<Stored...>>(std::move(stored_)));
  }
  bool repeatable() const noexcept override { return can_repeat; }
  boost::json::array recorded_arguments() const override {
    boost::json::array out;
    std::apply([&](const auto&... value) { (out.push_back(recorded_value(value)), ...); }, stored_);
    return out;
  }
  std::string recorded_result() const override { return result_.recorded(); }

 private:
  static constexpr bool can_repeat = (is_copyable<Stored>() && ...);

  boost::asio::awaitable<void> run(std::unique_ptr<std::tuple<Stored...>> arguments) {
    // The coroutine may hold references to its arguments, so they stay until it has ended.
    boost::asio::awaitable<T> body = std::apply(
        [this](Stored&... value) { return std::invoke(function_, std::forward<Stored>(value)...); },
        *arguments);
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
    } else {
      T value = co_await std::move(body);
      result_.fill([&value]() -> T { return std::move(value); });
    }
  }

  const Function& function_;
  ResultSlot<T>& result_;
  std::tuple<Stored...> stored_;
};

template <class T, class Function, class... Stored>
boost::asio::awaitable<T> await_function(std::shared_ptr<const RunSpec> spec,
                                         std::shared_ptr<const Function> function,
                                         std::tuple<Stored...> arguments) {
  ResultSlot<T> result;
  AwaitableCall<T, Function, Stored...> body(*function, result, std::move(arguments));
  co_await await_run(std::move(spec), body);
  co_return result.take();
}

/// What is stored for each of a coroutine's arguments.
template <class Called, class... Args>
struct StoredArguments {
  using type = std::tuple<std::decay_t<Args>...>;
};
template <class R, class... P, class... Args>
requires(sizeof...(P) == sizeof...(Args)) struct StoredArguments<R(P...), Args...> {
  using type = std::tuple<stored_t<P, Args>...>;
};

/// Calls a function as a run: at once, or, where it is a coroutine, when the result is awaited.
template <class Function, class... Args>
auto call_or_await(const std::shared_ptr<const RunSpec>& spec,
                   const std::shared_ptr<const Function>& function, Args&&... args)
    -> std::invoke_result_t<const Function&, Args...> {
  using R = std::invoke_result_t<const Function&, Args...>;
  if constexpr (Awaitable<R>) {
    using Stored = typename StoredArguments<signature_t<Function>, Args...>::type;
    return await_function<typename AwaitedType<R>::type>(spec, function, Stored(std::forward<Args>(args)...));
  } else {
    return call_function(spec, *function, std::forward<Args>(args)...);
  }
}

}  // namespace prefect::detail
