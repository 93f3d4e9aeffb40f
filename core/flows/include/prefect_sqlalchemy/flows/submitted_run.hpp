#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <utility>

#include <prefect_sqlalchemy/flows/run_call.hpp>
#include <prefect_sqlalchemy/flows/states.hpp>

namespace prefect::detail {

class ActiveRun;
class ThreadPool;

/// A task run on its way through a task runner: waiting, running, ended. Futures and the runner share it.
/// Threads: any.
class PREFECT_SQLALCHEMY_API SubmittedRun : public std::enable_shared_from_this<SubmittedRun> {
 public:
  SubmittedRun();
  SubmittedRun(const SubmittedRun&) = delete;
  SubmittedRun& operator=(const SubmittedRun&) = delete;
  virtual ~SubmittedRun();

  /// Records the run as Pending and puts it into the runner of the calling thread's run.
  void submit(const std::shared_ptr<const RunSpec>& spec, const RunBody& body);
  /// Runs it on this thread, unless another one has it. @return whether this one did
  bool run_if_waiting();

  /// Returns when it has ended. A thread of a runner runs it itself if it still waits: so tasks that wait
  /// for tasks cannot use up all threads.
  void wait();
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  bool done() const;
  /// A waiting one is Cancelled at once; a running one is asked to stop.
  void cancel();
  State state() const;
  const std::string& run_id() const noexcept;
  /// Waits. @throws what the run threw
  void rethrow();

 protected:
  /// The body; kept until the end of the run.
  virtual RunBody& body() noexcept = 0;
  /// Lets go of function and arguments.
  virtual void release() noexcept = 0;

 private:
  bool claim();
  void settle(std::exception_ptr error);

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool claimed_ = false;
  bool done_ = false;
  std::exception_ptr error_;
  std::shared_ptr<ActiveRun> context_;
  ThreadPool* pool_ = nullptr;  // outlives the run, not this object
};

/// The part of it that knows the result's type.
template <class R>
class SubmittedResult : public SubmittedRun {
 public:
  ResultSlot<R>& result() noexcept { return result_; }

 protected:
  ResultSlot<R> result_;
};

/// Owns function and arguments, as std::async does: arguments are decayed copies, turned into the function's
/// parameter types at once where it has fixed ones.
template <class Function, class... Stored>
class OwnedCall final : public SubmittedResult<std::invoke_result_t<const Function&, Stored...>> {
 public:
  template <class... Args>
  explicit OwnedCall(std::shared_ptr<const Function> function, Args&&... args)
      : held_(std::make_unique<Held>(std::move(function), this->result_, std::forward<Args>(args)...)) {}

  RunBody& body() noexcept override { return *held_->body; }
  void release() noexcept override { held_.reset(); }

 private:
  using Body = BorrowedCall<Function, Stored&&...>;
  struct Held {
    template <class Slot, class... Args>
    Held(std::shared_ptr<const Function> held_function, Slot& slot, Args&&... args)
        : function(std::move(held_function)), stored(std::forward<Args>(args)...) {
      std::apply([&](auto&... value) { body.emplace(*function, slot, std::move(value)...); }, stored);
    }
    std::shared_ptr<const Function> function;
    std::tuple<Stored...> stored;
    std::optional<Body> body;
  };
  std::unique_ptr<Held> held_;
};

template <class Function, class Called, class... Args>
struct OwnedCallFor {
  using type = OwnedCall<Function, std::decay_t<Args>...>;
};
template <class Function, class R, class... P, class... Args>
requires(sizeof...(P) == sizeof...(Args)) struct OwnedCallFor<Function, R(P...), Args...> {
  using type = OwnedCall<Function, stored_t<P, Args>...>;
};

}  // namespace prefect::detail
