#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace prefect_sqlalchemy::detail {

/// The rules of SQLAlchemy's QueuePool as a state machine without I/O, clocks or locks, so that the
/// blocking pool and the awaitable one obey the same.
///
/// Invariant: open_ = idle + lent + being opened <= size + overflow (where limited). A waiter is queued only
/// while that limit is reached; whatever frees a place or a connection serves the first waiter at once.
class PoolPolicy {
 public:
  using Id = std::uint64_t;
  using Time = std::chrono::steady_clock::time_point;

  struct Limits {
    int size = 5;           ///< idle connections kept; 0: no limit to the open ones
    int max_overflow = 10;  ///< open ones beyond it; -1: no limit
    std::chrono::nanoseconds recycle{-1};
    bool lifo = false;
  };
  explicit PoolPolicy(const Limits& limits) : limits_(limits) {}

  /// What a waiter may do: use an idle connection, or open one (then tell opened or open_failed).
  struct Grant {
    Id waiter;
    std::optional<Id> connection;
  };
  /// @param expired  out: idle connections that are too old; close them
  /// @return nothing: the waiter is queued and gets its grant from a later call
  std::optional<Grant> request(Id waiter, Time now, std::vector<Id>& expired);
  /// The waiter gives up. @return false: it had been granted already, and must use or give back that
  bool abandon(Id waiter);

  void opened(Id connection, Time now);
  /// A granted connection turned out to be dead: its place is for one to be opened.
  void dead(Id connection) { opened_at_.erase(connection); }
  std::optional<Grant> open_failed();

  struct Returned {
    bool keep;  ///< false: close it
    std::optional<Grant> next;
  };
  /// @param usable  false: it is broken, invalidated, or of a disposed generation
  Returned give_back(Id connection, Time now, bool usable);

  /// Forgets idle connections; they are to be closed.
  std::vector<Id> dispose();

  int idle() const noexcept { return static_cast<int>(idle_.size()); }
  int lent() const noexcept { return open_ - idle(); }

 private:
  bool expired(Id connection, Time now) const;
  bool may_open() const noexcept;
  std::optional<Grant> serve_opening();

  Limits limits_;
  int open_ = 0;
  std::deque<Id> idle_;  // longest idle first
  std::deque<Id> waiters_;
  std::unordered_map<Id, Time> opened_at_;
};

}  // namespace prefect_sqlalchemy::detail
