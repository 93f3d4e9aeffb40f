#include "stop_watch.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>

#include "physical_connection.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

constexpr std::chrono::milliseconds between_cancels{5};

}  // namespace

StopWatch& StopWatch::instance() {
  static auto* const only = new StopWatch;
  return *only;
}

StopWatch::StopWatch() {
  std::thread([this] { run(); }).detach();
}

void StopWatch::add(PhysicalConnection& connection, std::shared_ptr<AsyncOperation> operation) noexcept {
  const std::lock_guard lock(mutex_);
  stopping_.push_back({&connection, std::move(operation)});
  changed_.notify_one();
}

void StopWatch::remove(PhysicalConnection& connection) noexcept {
  std::unique_lock lock(mutex_);
  std::erase_if(stopping_, [&](const Stopping& each) { return each.connection == &connection; });
  while (cancelling_ == &connection) {
    if (AsyncOperation* const operation = AsyncOperation::current()) {
      lock.unlock();
      operation->park(std::chrono::steady_clock::now() + between_cancels);
      lock.lock();
    } else {
      changed_.wait(lock);
    }
  }
}

void StopWatch::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !stopping_.empty(); });
    for (const Stopping& each : std::vector(stopping_)) {
      const bool still = std::any_of(stopping_.begin(), stopping_.end(), [&](const Stopping& other) {
        return other.connection == each.connection && other.operation == each.operation;
      });
      if (still) cancel_held(lock, each);
    }
    lock.unlock();
    std::this_thread::sleep_for(between_cancels);
    lock.lock();
  }
}

void StopWatch::cancel_held(std::unique_lock<std::mutex>& lock, const Stopping& stopping) {
  cancelling_ = stopping.connection;
  lock.unlock();
  try {
    stopping.connection->cancel();
  } catch (const std::exception& error) {
    log::warning(std::string("an operation could not be cancelled: ") + error.what());
  }
  if (stopping.operation != nullptr) stopping.operation->unpark();
  lock.lock();
  cancelling_ = nullptr;
  changed_.notify_all();
}

}  // namespace prefect_sqlalchemy::detail
