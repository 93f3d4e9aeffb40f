#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

namespace prefect_sqlalchemy::detail {

class PhysicalConnection;

/// Cancels operations again and again until they end: a cancel that comes when the driver is between two
/// steps hits nothing, and a stop token tells only once. One thread, begun by the first stop.
/// Threads: any.
class StopWatch {
 public:
  /// The process's only one; never destroyed, as its thread may outlive static objects.
  static StopWatch& instance();

  /// Cancels what `connection` runs until remove() is called.
  void add(PhysicalConnection& connection) noexcept;
  /// Harmless if it was not added. Afterwards no cancel is on its way.
  void remove(PhysicalConnection& connection) noexcept;

 private:
  StopWatch();
  [[noreturn]] void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PhysicalConnection*> stopping_;
};

}  // namespace prefect_sqlalchemy::detail
