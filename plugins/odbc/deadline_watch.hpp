// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace psa::odbc {

class Canceller;

/// Stops operations whose deadline has passed, again and again until they end: a cancel that comes between
/// two calls of the ODBC driver hits nothing. One thread, begun by the first deadline. Threads: any.
class DeadlineWatch {
 public:
  /// The process's only one; never destroyed, as its thread may outlive static objects.
  static DeadlineWatch& instance();

  /// Watches until remove(). @param deadline  of CLOCK_MONOTONIC
  void add(Canceller& canceller, int64_t deadline);
  /// Afterwards no stop by this thread is on its way.
  void remove(Canceller& canceller) noexcept;

 private:
  struct Watched {
    Canceller* canceller;
    int64_t deadline;
  };

  DeadlineWatch();
  [[noreturn]] void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Watched> watched_;
  Canceller* stopping_ = nullptr;
};

}  // namespace psa::odbc
