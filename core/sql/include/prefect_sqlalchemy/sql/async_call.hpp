#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <prefect_sqlalchemy/base/export.hpp>

/// How an Asio completion token crosses into the compiled library.
namespace prefect_sqlalchemy::detail {

/// One awaitable operation: what it does, written as blocking code, and whom to tell.
class PREFECT_SQLALCHEMY_API AsyncCall {
 public:
  virtual ~AsyncCall();
  virtual void run() = 0;
  /// Hands the result, or the error, to the handler. Once; ends `call`.
  /// @param post_to  the executor on which the handler is to run; nullptr: this thread runs for it already
  virtual void complete(std::unique_ptr<AsyncCall> call, std::exception_ptr error,
                        const boost::asio::any_io_executor* post_to) = 0;
  /// The handler's execution context is going, so that nobody can be told any more.
  virtual void drop_handler() noexcept = 0;
};

/// What the code of a call waits by.
enum class RunsOn : unsigned char {
  fiber,   ///< the executor, which is never blocked; a worker where the driver can only block
  worker,  ///< a worker, from beginning to end
};

/// Begins a call. Threads: any.
/// @param executor  the handler's, where descriptors and timers are waited for
/// @param slot      its cancellation ends the call with CancelledError
PREFECT_SQLALCHEMY_API void start(std::unique_ptr<AsyncCall> call, boost::asio::any_io_executor executor,
                                  boost::asio::cancellation_slot slot, RunsOn runs_on);

/// Runs blocking code for nobody in particular, on a worker. Threads: any.
PREFECT_SQLALCHEMY_API void on_worker(std::function<void()> action);

template <class T>
struct AsyncSignature {
  using type = void(std::exception_ptr, T);
};
template <>
struct AsyncSignature<void> {
  using type = void(std::exception_ptr);
};
template <class T>
using async_signature_t = typename AsyncSignature<T>::type;

template <class T, class Body, class Handler>
class AsyncCallOf final : public AsyncCall {
 public:
  AsyncCallOf(Body body, Handler handler) : body_(std::move(body)), handler_(std::move(handler)) {}

  void run() override {
    if constexpr (std::is_void_v<T>) {
      body_();
    } else {
      result_.emplace(body_());
    }
  }
  void complete(std::unique_ptr<AsyncCall> call, std::exception_ptr error,
                const boost::asio::any_io_executor* post_to) override {
    // Whatever the call holds goes before the handler begins, which may start the next one.
    auto tell = [handler = std::move(*handler_), result = std::move(result_),
                 error = std::move(error)]() mutable {
      if constexpr (std::is_void_v<T>) {
        std::move(handler)(std::move(error));
      } else {
        std::move(handler)(std::move(error), result ? T(std::move(*result)) : T());
      }
    };
    call.reset();
    if (post_to != nullptr) {
      boost::asio::post(*post_to, std::move(tell));
    } else {
      tell();
    }
  }
  void drop_handler() noexcept override { handler_.reset(); }

 private:
  Body body_;
  std::optional<Handler> handler_;
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> result_;
};

/// The initiating function of every awaitable operation here.
/// @param fallback  for handlers that have no executor of their own
/// @param body      a callable without arguments that returns T and owns all it needs
template <class T, class Body, class Token>
auto async_call(boost::asio::any_io_executor fallback, RunsOn runs_on, Body body, Token&& token) {
  return boost::asio::async_initiate<Token, async_signature_t<T>>(
      [fallback = std::move(fallback), runs_on](auto handler, Body made) mutable {
        using Handler = decltype(handler);
        boost::asio::any_io_executor executor = boost::asio::get_associated_executor(handler, fallback);
        const boost::asio::cancellation_slot slot = boost::asio::get_associated_cancellation_slot(handler);
        start(std::make_unique<AsyncCallOf<T, Body, Handler>>(std::move(made), std::move(handler)),
              std::move(executor), slot, runs_on);
      },
      token, std::move(body));
}

}  // namespace prefect_sqlalchemy::detail
