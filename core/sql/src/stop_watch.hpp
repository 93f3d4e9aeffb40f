#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace prefect_sqlalchemy::detail {

class AsyncOperation;
class PhysicalConnection;

/// Cancels operations again and again until they end: a cancel that comes when the driver is between two
/// steps hits nothing, and a stop token tells only once. One thread, begun by the first stop.
/// Threads: any.
class StopWatch {
 public:
  /// The process's only one; never destroyed, as its thread may outlive static objects.
  static StopWatch& instance();

  /// Cancels what `connection` runs until remove() is called.
  /// @param operation  that runs it, if one does: woken after each cancel, as psa_driver.cancel asks
  void add(PhysicalConnection& connection, std::shared_ptr<AsyncOperation> operation) noexcept;
  /// Harmless if it was not added. Afterwards no cancel is on its way. Waits for that, without blocking an
  /// executor.
  void remove(PhysicalConnection& connection) noexcept;

 private:
  StopWatch();
  [[noreturn]] void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  struct Stopping {
    PhysicalConnection* connection;
    std::shared_ptr<AsyncOperation> operation;
  };
  void cancel_held(std::unique_lock<std::mutex>& lock, const Stopping& stopping);

  std::vector<Stopping> stopping_;
  PhysicalConnection* cancelling_ = nullptr;  // the one that a cancel is on its way to
};

}  // namespace prefect_sqlalchemy::detail
