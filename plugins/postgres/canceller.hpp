// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include <libpq-fe.h>

#include <psa/sdk/wake_descriptor.hpp>

namespace psa::postgres {

/// Cancels what runs on one connection. Shared by the connection and its cancel handles, which may outlive
/// it.
///
/// PQcancel opens a connection of its own and waits for the server to close it; it runs on a thread, so that
/// neither a deadline nor a non-blocking connection waits for it. The connection ends an operation only
/// when no request is in flight any more: a late one would hit the next statement.
///
/// Threads: cancel() from any; all else on the thread of the connection's running call.
class Canceller : public std::enable_shared_from_this<Canceller> {
 public:
  /// From now on there is a server to ask. @param key  taken over
  void arm(PGcancel* key);

  /// An operation begins: cancels count until end().
  void begin() noexcept;
  void end() noexcept;

  /// Whether a cancel came since begin().
  bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }
  /// Whether a request is on its way. Behind end() no new one comes. Takes no lock: every operation asks.
  bool in_flight() const noexcept { return in_flight_.load(std::memory_order_acquire) != 0; }

  /// Asks the server to end what runs, without waiting for it.
  void ask_server();

  /// The connection is dropped: what it still runs need not go on at the server, which would not notice.
  void leave() noexcept;

  /// psa_driver.cancel. @param deadline  nanoseconds of CLOCK_MONOTONIC, 0 for none
  /// @throws DriverError  PSA_DEADLINE if that passed before the server had taken the request
  void cancel(int64_t deadline);

  /// Readable after a cancel came, and after a request's end; see quiet().
  int descriptor() const noexcept { return waker_.get(); }
  void quiet() noexcept { waker_.quiet(); }

 private:
  void launch();

  WakeDescriptor waker_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::shared_ptr<PGcancel> key_;
  bool running_ = false;
  std::atomic<int> in_flight_{0};  // changed with the lock held
  std::atomic<bool> requested_{false};
};

}  // namespace psa::postgres
