#include <chrono>
#include <functional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <prefect_sqlalchemy/flows/run_engine.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/sql/async_call.hpp>

#include "run_executor.hpp"
#include "terminate_report.hpp"

namespace prefect::detail {
namespace {

namespace asio = boost::asio;
using asio::experimental::make_parallel_group;
using asio::experimental::wait_for_one;

/// A timer that a stop token ends early.
class StoppableTimer {
 public:
  StoppableTimer(const asio::any_io_executor& executor, RunAttempt::Clock::time_point at,
                 std::stop_token stop)
      : timer_(std::make_shared<asio::steady_timer>(executor, at)),
        on_stop_(std::move(stop), [timer = timer_] {
          asio::post(timer->get_executor(),
                     [timer] { timer->expires_at(RunAttempt::Clock::time_point::min()); });
        }) {}
  asio::steady_timer& operator*() const noexcept { return *timer_; }

 private:
  std::shared_ptr<asio::steady_timer> timer_;
  std::stop_callback<std::function<void()>> on_stop_;
};

/// Awaits one attempt until it ends; whatever it awaits is cancelled when its time is up, when the run is
/// asked to stop, or when the awaiting coroutine is cancelled.
asio::awaitable<std::exception_ptr> run_attempt(asio::any_io_executor executor,
                                                std::shared_ptr<RunAttempt> attempt, AwaitableBody& body,
                                                bool last) {
  const StoppableTimer timer(executor, attempt->deadline().value_or(RunAttempt::Clock::time_point::max()),
                             attempt->stop_token());
  const RunExecutor place(executor, attempt);
  auto both = make_parallel_group(asio::co_spawn(place, body.attempt(last), asio::deferred),
                                  (*timer).async_wait(asio::deferred));
  auto ended = co_await std::move(both).async_wait(wait_for_one(), asio::use_awaitable);
  co_return std::move(std::get<1>(ended));
}

/// Awaits what can only block.
asio::awaitable<void> on_worker(asio::any_io_executor executor, std::function<void()> action) {
  using prefect_sqlalchemy::detail::RunsOn;
  return prefect_sqlalchemy::detail::async_call<void>(std::move(executor), RunsOn::worker, std::move(action),
                                                      asio::use_awaitable);
}

// Functions are named before they are awaited: GCC 12 destroys what a temporary one has captured twice.
using Action = std::function<void()>;

/// Runs what may ask a server: then on a worker, as that blocks.
asio::awaitable<void> answered(asio::any_io_executor executor, const ActiveRun& run, Action action) {
  if (run.asks()) {
    co_await on_worker(std::move(executor), std::move(action));
  } else {
    action();
  }
}

/// Waits, by a timer. @return whether the run may go on
asio::awaitable<bool> waited(asio::any_io_executor executor, const ActiveRun& run,
                             std::chrono::milliseconds delay) {
  const StoppableTimer timer(executor, RunAttempt::Clock::now() + delay, run.cancel_token());
  boost::system::error_code ignored;
  co_await (*timer).async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() == asio::cancellation_type::none && !run.asked_to_stop();
}

/// Begins an attempt; where a server says to wait, waits and asks again.
asio::awaitable<ActiveRun::Start> await_start(asio::any_io_executor executor, ActiveRun& run) {
  ActiveRun::Start start;
  Action begin = [&start, &run] { start = run.begin(); };
  co_await answered(executor, run, std::move(begin));
  while (start.ask_again_after) {
    const bool goes_on = co_await waited(executor, run, *start.ask_again_after);
    Action next = [&start, &run, goes_on] {
      if (goes_on) {
        start = run.ask_again();
        return;
      }
      run.give_up();
      start = {.error = std::make_exception_ptr(CancelledRun("the run was cancelled before it began"))};
    };
    co_await answered(executor, run, std::move(next));
  }
  co_return start;
}

}  // namespace

#pragma GCC diagnostic push
// GCC 12 looks into Asio's allocation of coroutine frames, but not into its release.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

asio::awaitable<void> await_run(std::shared_ptr<const RunSpec> spec, AwaitableBody& body) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  // A cancelled run still has to be recorded.
  const bool throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);

  const std::shared_ptr<ActiveRun> run = ActiveRun::create(std::move(spec), body, ActiveRun::current());
  ActiveRun::Next next;
  for (;;) {
    const ActiveRun::Start start = co_await await_start(executor, *run);
    if (start.error) {
      next.error = start.error;
      break;
    }
    const auto attempt = std::make_shared<RunAttempt>(run);
    std::exception_ptr error = co_await run_attempt(executor, attempt, body, start.last);
    if (run->owns_scope() && run->scope().has_submitted()) {
      Action wait = [run] { run->scope().wait_for_submitted(); };
      co_await on_worker(executor, std::move(wait));
    }
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) run->cancel();
    Action end = [&] { next = run->end(std::move(error), attempt->out_of_time(), body); };
    co_await answered(executor, *run, std::move(end));
    if (!next.again_after) break;
    const bool goes_on = co_await waited(executor, *run, *next.again_after);
    if (!goes_on) {
      Action give_up = [&run] { run->give_up(); };
      co_await answered(executor, *run, std::move(give_up));
      break;
    }
  }
  if (run->outermost()) {
    Action flush = [&run] {
      RunRecorder::process().flush();
      run->leave();
      Termination::wait_if_requested();
    };
    co_await on_worker(executor, std::move(flush));
  }
  co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
  if (!next.error) co_return;
  if (run->outermost()) exception_leaves_runs(next.error);
  std::rethrow_exception(next.error);
}

#pragma GCC diagnostic pop

}  // namespace prefect::detail
