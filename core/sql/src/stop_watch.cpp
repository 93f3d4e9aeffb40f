#include "stop_watch.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <thread>

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

void StopWatch::add(PhysicalConnection& connection) noexcept {
  const std::lock_guard lock(mutex_);
  stopping_.push_back(&connection);
  changed_.notify_one();
}

void StopWatch::remove(PhysicalConnection& connection) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(stopping_, &connection);
}

void StopWatch::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !stopping_.empty(); });
    for (PhysicalConnection* connection : stopping_) {
      try {
        connection->cancel();
      } catch (const std::exception& error) {
        log::warning(std::string("an operation could not be cancelled: ") + error.what());
      }
    }
    lock.unlock();
    std::this_thread::sleep_for(between_cancels);
    lock.lock();
  }
}

}  // namespace prefect_sqlalchemy::detail
