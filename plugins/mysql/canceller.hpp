// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "options.hpp"

namespace psa::mysql {

/// Ends the statement that runs on a connection: KILL QUERY, by a second connection with the same settings.
/// Shared by the connection and its cancel handles, which may outlive it.
///
/// Threads: cancel() from any; the rest on the thread of the connection's call.
class Canceller : public std::enable_shared_from_this<Canceller> {
 public:
  explicit Canceller(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  /// The session is there.
  /// @param id      its number at the server
  /// @param socket  shut where a cancel's outcome stays unknown, so that its connection's wait ends
  void attach(unsigned long id, int socket);
  /// There is nothing to cancel any more, and the socket may be closed.
  void detach();

  /// An operation begins. Returns whether it goes on with an unread result.
  bool begin();
  /// The operation is about to end: what comes from now on is no longer for it. If no cancel is on its way it
  /// has ended. @return whether it has
  bool end_if_settled();
  /// It has ended; an unread result goes on counting as running.
  void end();
  void set_result_open(bool open);

  /// Asks what is running to stop, and insists. @throws DriverError if the server could not be told
  void cancel(int64_t deadline);
  /// As cancel, for a deadline: what goes wrong is left to the operation.
  void cancel_in_background();

  /// The connection is dropped: what it still runs need not go on at the server, which would not notice.
  void leave() noexcept;

  /// Whether the running operation was cancelled.
  bool cancelled() const;
  /// Whether a cancel may still come: its answer was lost.
  bool outcome_unknown() const;
  /// Whether all cancels have returned. @param wait  until they have
  bool settled(bool wait);

 private:
  /// Asks again until the operation ends, on a thread of its own. A server that was just beginning with a
  /// statement forgets that it was asked to end it.
  void insist(uint64_t operation) noexcept;
  void ask_again(uint64_t operation) noexcept;
  /// @param sql  the KILL, up to the session's id
  void kill(const char* sql, unsigned long id, int64_t deadline);
  /// KILL QUERY. @throws DriverError if the server could not be told
  void kill_query(unsigned long id, int64_t latest);
  /// Waits until no other KILL QUERY is on its way. @return whether one is still needed
  bool begin_kill(int64_t latest);
  /// @param unknown  the server was asked, and its answer did not come
  void end_kill(bool told, bool unknown);
  void one_returned();
  void stop_running();

  const std::shared_ptr<const Settings> settings_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  unsigned long thread_id_ = 0;
  int socket_ = -1;
  uint64_t operation_ = 0;  // its number
  uint64_t insists_ = 0;    // on the end of the operation of this number
  int under_way_ = 0;       // cancels that have not returned
  bool killing_ = false;    // one of them is at the server
  bool told_ = false;       // the one before was told
  bool running_ = false;
  bool result_open_ = false;
  bool cancelled_ = false;
  bool outcome_unknown_ = false;
};

}  // namespace psa::mysql
