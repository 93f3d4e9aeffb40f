#include "async_operation.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <psa/driver.h>

#include "hold_mutex.hpp"
#include "operation_place.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

namespace asio = boost::asio;

// Asked for several times by every operation. There is room for so little also where the library is loaded by
// dlopen.
[[gnu::tls_model("initial-exec")]] thread_local AsyncOperation* operation_of_thread = nullptr;

using Wait = asio::posix::stream_descriptor::wait_type;

constexpr std::size_t most_workers = 16;

/// For drivers that can only block, and for what is adrift. Begun by the first use, never ended: the process
/// ends while operations may still hang in a database.
asio::thread_pool& workers() {
  static auto* const only = new asio::thread_pool(most_workers);
  return *only;
}

}  // namespace

const void* holder() noexcept {
  const AsyncOperation* const operation = operation_of_thread;
  return operation != nullptr ? static_cast<const void*>(operation) : &operation_of_thread;
}

AsyncCall::~AsyncCall() = default;

void start(std::unique_ptr<AsyncCall> call, asio::any_io_executor executor, asio::cancellation_slot slot,
           RunsOn runs_on) {
  std::make_shared<AsyncOperation>(std::move(call), std::move(executor), runs_on)->begin(slot);
}

void on_worker(std::function<void()> action) { asio::post(workers(), std::move(action)); }

AsyncOperation* AsyncOperation::current() noexcept { return operation_of_thread; }

AsyncOperation::AsyncOperation(std::unique_ptr<AsyncCall> call, asio::any_io_executor executor,
                               RunsOn runs_on)
    : call_(std::move(call)),
      context_(AsyncContext::of(asio::query(executor, asio::execution::context))),
      imposed_(OperationContext::current()),
      blocking_(runs_on == RunsOn::worker),
      executor_(std::move(executor)) {
  if (imposed_.stop.stop_possible()) {
    outer_stop_.emplace(imposed_.stop, [this] { stop(); });
  }
  imposed_.stop = stop_source_.get_token();
}

AsyncOperation::~AsyncOperation() {
  if (fiber_ != nullptr) Fiber::give_back(std::move(fiber_));
}

void AsyncOperation::begin(asio::cancellation_slot slot) {
  context_->add(*this);
  if (slot.is_connected()) {
    slot.assign([weak = weak_from_this()](asio::cancellation_type) {
      if (const auto self = weak.lock()) self->stop();
    });
  }
  self_ = shared_from_this();
  if (blocking_) {
    move_to_workers();
    return;
  }
  // Behind what the executor has ready: where many operations are under way, all the answers that have come
  // are read before the next queries are sent. Each sending wakes a server, which may take this thread's
  // core.
  const std::lock_guard lock(mutex_);
  suspended_ = true;
  asio::defer(executor_, Wake{self_, wait_number_, Woken::by_unpark});
}

void AsyncOperation::move_to_workers() {
  on_worker_ = true;
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
  asio::post(workers(), [self = shared_from_this()] { go(self); });
}

void AsyncOperation::stop() {
  stop_source_.request_stop();
  unpark();
}

void AsyncOperation::run_on_fiber() noexcept {
  try {
    call_->run();
  } catch (...) {
    error_ = std::current_exception();
  }
}

/// Runs the code until it waits for something that has not come, or ends.
void AsyncOperation::go(std::shared_ptr<AsyncOperation> self) {
  while (!self->switch_in()) {
    if (!self->arrange()) return;
  }
  finish(std::move(self));
}

bool AsyncOperation::switch_in() {
  AsyncOperation* const outer = std::exchange(operation_of_thread, blocking_ ? nullptr : this);
  const OperationContext* const outer_context = OperationPlace::exchange(in_place_);
  const bool ended = fiber_->resume(*this);
  in_place_ = OperationPlace::exchange(outer_context);
  operation_of_thread = outer;
  return ended;
}

void AsyncOperation::suspend(Next next) {
  next_ = next;
  fiber_->yield();
}

void AsyncOperation::wait_for(const psa_wait& wait, DescriptorSlot& slot) {
  descriptor_ = slot.open(wait, context_, executor_);
  events_ = wait.events;
  until_.reset();
  if (wait.wake_at != 0) until_ = Time(std::chrono::nanoseconds(wait.wake_at));
  if (descriptor_ == nullptr && !until_) until_ = std::chrono::steady_clock::now();
  suspend(Next::wait);
}

void AsyncOperation::park(Time until) {
  descriptor_ = nullptr;
  until_ = until;
  suspend(Next::wait);
}

void AsyncOperation::move_to_worker() {
  if (on_worker_) return;
  suspend(Next::worker);
}

std::optional<AsyncOperation::Time> AsyncOperation::adrift_until() const noexcept {
  if (!on_worker_) return std::nullopt;  // the context is running this
  const std::lock_guard lock(mutex_);
  return adrift_until_;
}

/// Sets up what the code waits for. @return true: it has come already, so the code goes on
bool AsyncOperation::arrange() {
  if (next_ == Next::worker) {
    move_to_workers();
    return false;
  }
  if (adrift_until()) return true;
  const bool from_worker = std::exchange(on_worker_, false);
  const auto with_context = [&](auto action) {
    if (from_worker) {
      context_->while_alive(*this, action);
    } else {
      action();
    }
  };
  with_context([this] { set_up_wait(); });
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(woken_, false) && !adrift_until_) {
      suspended_ = true;
      return false;
    }
    ++wait_number_;
  }
  on_worker_ = from_worker;
  with_context([this] { cancel_waits(); });
  return true;
}

void AsyncOperation::set_up_wait() {
  const auto wait_for = [this](Wait what) {
    Wake wake{shared_from_this(), wait_number_, Woken::by_descriptor};
    // A binding costs more than the rest of a wait.
    if (descriptor_->get_executor() == executor_) {
      descriptor_->async_wait(what, std::move(wake));
    } else {
      descriptor_->async_wait(what, asio::bind_executor(executor_, std::move(wake)));
    }
  };
  if (descriptor_ != nullptr) {
    if ((events_ & PSA_WAIT_READ) != 0) wait_for(Wait::wait_read);
    if ((events_ & PSA_WAIT_WRITE) != 0) wait_for(Wait::wait_write);
  }
  if (until_) {
    if (!timer_) timer_.emplace(executor_);
    timer_->expires_at(*until_);
    timer_->async_wait(Wake{shared_from_this(), wait_number_, Woken::by_timer});
  }
}

void AsyncOperation::cancel_waits() {
  boost::system::error_code ignored;
  if (descriptor_ != nullptr) descriptor_->cancel(ignored);
  if (until_ && timer_) timer_->cancel();
}

void AsyncOperation::wake(std::shared_ptr<AsyncOperation> self, std::uint64_t wait_number, Woken how) {
  if (self->woken_by(wait_number, how)) go(std::move(self));
}

/// @return whether this was what it waited for, which has ended
bool AsyncOperation::woken_by(std::uint64_t wait_number, Woken how) {
  {
    const std::lock_guard lock(mutex_);
    if (wait_number != wait_number_) return false;
    if (!std::exchange(suspended_, false)) {
      woken_ = true;
      return false;
    }
    ++wait_number_;
  }
  // A wait that is left would keep the context running. Most often there is none: the only one has fired.
  const bool the_only_one =
      how == Woken::by_descriptor && !until_ && events_ != (PSA_WAIT_READ | PSA_WAIT_WRITE);
  if (!the_only_one) cancel_waits();
  return true;
}

void AsyncOperation::unpark() {
  const std::lock_guard lock(mutex_);
  if (!suspended_ || adrift_until_) {
    woken_ = true;
    return;
  }
  asio::post(executor_, Wake{shared_from_this(), wait_number_, Woken::by_unpark});
}

/// The context may go from now on, before the operation does: a worker may still hold that, on its way out. A
/// strand needs its context to the end.
void AsyncOperation::let_go_of_executor() {
  const std::lock_guard lock(mutex_);
  timer_.reset();
  executor_ = {};
  work_ = {};
}

void AsyncOperation::finish(std::shared_ptr<AsyncOperation> self) {
  self->self_.reset();
  self->outer_stop_.reset();
  Fiber::give_back(std::move(self->fiber_));
  if (self->on_worker_) {
    // From outside of the context, which may be going.
    self->context_->remove(*self, [&] {
      AsyncCall& running = *self->call_;
      running.complete(std::move(self->call_), std::move(self->error_), &self->executor_);
      self->let_go_of_executor();
    });
    self->dropping_.wait(true);
    self->call_.reset();
    return;
  }
  self->context_->remove(*self);
  self->let_go_of_executor();
  std::unique_ptr<AsyncCall> call = std::move(self->call_);
  std::exception_ptr error = std::move(self->error_);
  self.reset();  // the handler, which may begin the next operation, is called with nothing left of this one
  AsyncCall& running = *call;
  running.complete(std::move(call), std::move(error), nullptr);
}

void AsyncOperation::context_gone() noexcept {
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    adrift_until_ = std::chrono::steady_clock::now() + farewell;
    timer_.reset();
    executor_ = {};
    work_ = {};
    ++wait_number_;
    stopped = std::exchange(suspended_, false);
    if (stopped) on_worker_ = true;
  }
  call_->drop_handler();
  dropping_ = false;
  dropping_.notify_one();
  stop_source_.request_stop();
  if (stopped) asio::post(workers(), [self = shared_from_this()] { go(self); });
}

}  // namespace prefect_sqlalchemy::detail
