#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <utility>

namespace prefect::detail {

/// Asks stop sources to stop when their time has come. One thread for the process, begun by the first use.
/// Threads: any number at once.
class DeadlineTimer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static DeadlineTimer& process();

  /// Holds an entry until the end of the scope.
  class Entry {
   public:
    Entry(TimePoint when, std::stop_source source);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

   private:
    std::pair<TimePoint, std::uint64_t> key_;
  };

 private:
  DeadlineTimer();
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<TimePoint, std::uint64_t>, std::stop_source> entries_;
  std::uint64_t next_id_ = 0;
};

}  // namespace prefect::detail
