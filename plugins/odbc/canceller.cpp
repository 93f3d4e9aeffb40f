// SPDX-License-Identifier: Apache-2.0
#include "canceller.hpp"

#include "deadline_watch.hpp"
#include "process_state.hpp"

namespace psa::odbc {
namespace {

// A kill needs a session of its own: a statement gets time to begin, and a kill to do its work.
constexpr std::chrono::milliseconds before_first_kill{5}, between_kills{100};

}  // namespace

Canceller::Running Canceller::begin(int64_t deadline) {
  if (deadline != 0 && monotonic_now() >= deadline) throw Operation::error(Stop::deadline, "");
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
    stop_ = Stop::no;
    deadline_ = deadline;
  }
  if (deadline != 0) DeadlineWatch::instance().add(*this, deadline);
  return Running(*this);
}

void Canceller::end() noexcept {
  if (deadline_ != 0) DeadlineWatch::instance().remove(*this);
  std::unique_lock lock(mutex_);
  running_ = false;
  changed_.wait(lock, [this] { return !cancelling_; });
}

void Canceller::aim(SQLHSTMT statement) noexcept {
  std::unique_lock lock(mutex_);
  if (statement == nullptr) changed_.wait(lock, [this] { return !cancelling_; });
  aim_ = statement;
  if (statement != nullptr) met_ = false;
  if (kill_ != nullptr) may_kill_at_ = std::chrono::steady_clock::now() + before_first_kill;
}

void Canceller::stop(Stop why) {
  std::unique_lock lock(mutex_);
  if (!running_) return;
  if (stop_ == Stop::no) stop_ = why;
  changed_.notify_all();
  if (aim_ == nullptr || cancelling_) return;
  const SQLHSTMT statement = idle_ != nullptr ? idle_ : aim_;
  if (kill_ != nullptr) {
    const auto now = std::chrono::steady_clock::now();
    if (now < may_kill_at_) return;
    may_kill_at_ = now + between_kills;
  }
  cancelling_ = true;
  lock.unlock();
  // The statement stays aimed at while `cancelling_` is set.
  if (kill_ != nullptr) {
    kill_();
  } else {
    const NoSigpipe no_sigpipe;
    SQLCancel(statement);
  }
  lock.lock();
  met_ = statement == aim_ && kill_ == nullptr;
  cancelling_ = false;
  changed_.notify_all();
}

void Canceller::check() {
  if (const Stop why = stopped(); why != Stop::no) throw Operation::error(why, "");
}

}  // namespace psa::odbc
