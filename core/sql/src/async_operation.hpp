#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <prefect_sqlalchemy/sql/async_call.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "async_context.hpp"
#include "fiber.hpp"

struct psa_wait;

namespace prefect_sqlalchemy::detail {

/// An AsyncCall under way: blocking code on a fiber, which stops where the code would block and goes on when
/// Asio says that it may. All that blocks in this layer asks current() first, so the code is the same for
/// blocking and awaitable use.
///
/// It runs on the executor of the call until a driver that can only block is to be used: then on a worker, to
/// its end or the next park(). When the execution context is destroyed under it, it is *adrift*: told to
/// stop, and brought to its end by a worker, blocking, within `farewell`, so that the server stops working
/// for it and the connection is kept or closed in order. Threads: as said at each function. The code itself
/// runs on one thread at a time.
class AsyncOperation final : public std::enable_shared_from_this<AsyncOperation>,
                             private Fiber::Body,
                             private ContextUser {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds farewell{2};

  /// The operation that the calling thread runs; nullptr: code here may block.
  static AsyncOperation* current() noexcept;

  AsyncOperation(std::unique_ptr<AsyncCall> call, boost::asio::any_io_executor executor, RunsOn runs_on);
  AsyncOperation(const AsyncOperation&) = delete;
  AsyncOperation& operator=(const AsyncOperation&) = delete;
  ~AsyncOperation() override;

  void begin(boost::asio::cancellation_slot slot);
  /// Ends with CancelledError. Threads: any.
  void stop();
  /// Ends the current wait or park, or else the next one. Threads: any.
  void unpark();

  // Of the running code:

  /// Returns when the descriptor is ready, at the wait's time, or for no reason.
  void wait_for(const psa_wait& wait, DescriptorSlot& slot);
  /// Returns after unpark(), at that time, or for no reason.
  void park(Time until);
  /// Returns on a worker, where blocking harms nobody.
  void move_to_worker();
  /// Nobody waits for this any more: block, and see to an end by that time.
  std::optional<Time> adrift_until() const noexcept;
  /// Asked to end, by its caller or by being adrift.
  bool stop_requested() const noexcept { return stop_source_.stop_requested(); }

 private:
  enum class Next : unsigned char { wait, worker };

  void run_on_fiber() noexcept override;
  void context_gone() noexcept override;
  std::shared_ptr<void> kept() noexcept override {
    dropping_ = true;
    return shared_from_this();
  }
  static void go(std::shared_ptr<AsyncOperation> self);
  bool switch_in();
  void suspend(Next next);
  bool arrange();
  void set_up_wait();
  enum class Woken : unsigned char { by_descriptor, by_timer, by_unpark };
  /// Handler of one wait.
  struct Wake {
    std::shared_ptr<AsyncOperation> operation;
    std::uint64_t wait_number;
    Woken how;
    void operator()(boost::system::error_code = {}) { wake(std::move(operation), wait_number, how); }
  };
  static void wake(std::shared_ptr<AsyncOperation> self, std::uint64_t wait_number, Woken how);
  bool woken_by(std::uint64_t wait_number, Woken how);
  void move_to_workers();
  void cancel_waits();
  void let_go_of_executor();
  static void finish(std::shared_ptr<AsyncOperation> self);

  std::shared_ptr<AsyncOperation> self_;  // until the end, also when Asio has dropped all that would go on
  std::unique_ptr<AsyncCall> call_;
  std::unique_ptr<Fiber> fiber_ = Fiber::obtain();
  std::shared_ptr<AsyncContext> context_;
  std::exception_ptr error_;
  std::stop_source stop_source_;
  OperationContext imposed_;
  const OperationContext* in_place_ = &imposed_;  // while the code is stopped
  std::optional<std::stop_callback<std::function<void()>>> outer_stop_;

  // What the code waits for; used by whoever runs it.
  Next next_ = Next::wait;
  boost::asio::posix::stream_descriptor* descriptor_ = nullptr;
  std::uint32_t events_ = 0;
  std::optional<Time> until_;
  std::optional<boost::asio::steady_timer> timer_;
  const bool blocking_;  // one call of RunsOn::worker: nothing asks current()

  mutable std::mutex mutex_;
  boost::asio::any_io_executor executor_;  // empty when adrift
  boost::asio::any_io_executor work_;      // what a worker does is work of the executor, which runs on for it
  std::optional<Time> adrift_until_;
  bool suspended_ = false;  // waiting, all set up; also to begin
  bool woken_ = false;      // while it was not
  bool on_worker_ = false;
  std::atomic<bool> dropping_ = false;  // context_gone() is letting the handler go
  std::uint64_t wait_number_ = 0;
};

}  // namespace prefect_sqlalchemy::detail
