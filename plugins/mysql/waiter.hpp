// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <psa/driver.h>
#include <psa/sdk/guard.hpp>

#include "fiber.hpp"
#include "tls_scope.hpp"

namespace psa::mysql {

class Canceller;

/// From now on no call of the library waits for the socket but by the hook.
void make_nonblocking(int socket) noexcept;

/// Runs the operations of one connection and does their waiting, whenever the client library would wait for
/// its socket: by poll on a blocking connection, by leaving the operation's fiber on a non-blocking one. The
/// operation itself is the same code.
///
/// Keeps deadlines: the server is asked to end the statement; where it does not in time, the wait fails and
/// the connection is lost.
class Waiter {
 public:
  enum class Stop : uint8_t { no, cancelled, deadline };

  /// @param canceller  NULL for a connection that cancels another: it is given up at its deadline
  Waiter(std::shared_ptr<Canceller> canceller, bool nonblocking);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() = default;

  /// Runs `body`, which may throw, as one operation, and returns its status: PSA_PENDING if it left its
  /// fiber.
  template <class Body>
  int32_t operate(const psa_call* call, Body&& body) {
    if (fiber_ != nullptr) return start(call, std::function<void()>(std::forward<Body>(body)));
    const TlsScope quiet(tls_);
    const Current current(this);
    const int32_t status = guard(call->sink, [&] {
      begin(call->deadline);
      body();
    });
    end();
    return status;
  }
  /// The pending operation goes on.
  int32_t resume();
  bool pending() const noexcept { return fiber_ != nullptr && fiber_->active(); }
  void wait_for(psa_wait& out) const noexcept { out = wait_; }
  /// The pending operation ends now, with nobody to tell.
  void abandon() noexcept;

  /// Runs `connect` on a thread of its own while a non-blocking connection's operation waits.
  void run_aside(const std::function<void()>& connect);

  /// Whose waits those of this thread are.
  class Current {
   public:
    explicit Current(Waiter* waiter) noexcept : before_(std::exchange(current_, waiter)) {}
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    ~Current() { current_ = before_; }

   private:
    Waiter* before_;
  };
  /// @throws DriverError PSA_DEADLINE if that has passed already
  void begin(int64_t deadline);

  /// What the client library calls in place of poll: 1 ready, 0 timed out, -1 give up.
  static int on_wait(int socket, char is_read, int timeout) noexcept;

  /// Why the operation ends early, if it does.
  Stop stop() const noexcept;
  /// Between rows, which may come without any wait: asks the server to stop when it is time, and lets others
  /// have their turn. @return false: it did not stop in time, and the connection is to be given up
  bool look_at_clock();
  /// Whether the connection is given up.
  bool gave_up() const noexcept;

  /// While connecting there is no statement to end at the server: the wait fails.
  /// @param seconds  for the whole of it, 0 for none
  void begin_connecting(int64_t deadline, int64_t seconds) noexcept;
  /// Of a connection on its way: it is given up where the server's greeting offers no TLS.
  void need_tls() noexcept { needs_tls_ = true; }
  bool lacks_tls() const noexcept { return lacks_tls_; }
  void set_tls(bool tls) noexcept { tls_ = tls; }
  /// Seconds, 0 for none.
  void set_timeouts(int64_t read, int64_t write) noexcept {
    read_timeout_ = read;
    write_timeout_ = write;
  }

 private:
  int32_t start(const psa_call* call, std::function<void()> body);
  int32_t after_switch(bool ended);
  void end() noexcept;
  int wait(int socket, bool is_read) noexcept;
  int wait_until_ready(int socket, bool is_read) noexcept;
  bool pause(int socket, short events, int64_t until) noexcept;
  bool on_deadline() noexcept;

  // Looked at several times by each operation. There is room for so little also where the plugin is loaded by
  // dlopen.
  [[gnu::tls_model("initial-exec")]] static thread_local constinit Waiter* current_;

  std::shared_ptr<Canceller> canceller_;
  std::unique_ptr<Fiber> fiber_;
  psa_wait wait_{PSA_INIT(psa_wait), 0, -1, 0, 0, 0};
  int32_t status_ = PSA_OK;
  void* sink_ = nullptr;
  int64_t deadline_ = 0;
  int64_t give_up_at_ = 0;
  int64_t turn_began_ = 0;  // as far as somebody looked; 0: not yet
  int64_t connect_by_ = 0;
  int64_t read_timeout_ = 0;
  int64_t write_timeout_ = 0;
  bool deadline_passed_ = false;
  bool gave_up_ = false;
  bool abandoned_ = false;
  bool connecting_ = false;
  bool needs_tls_ = false;
  bool lacks_tls_ = false;
  bool tls_ = false;
};

}  // namespace psa::mysql
