// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <libpq-fe.h>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/guard.hpp>

#include "canceller.hpp"
#include "task.hpp"

namespace psa::postgres {

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// One libpq connection and the operation that runs on it: waiting, deadlines, cancelling.
///
/// An operation is a Task. On a blocking connection its waits happen inside; on a non-blocking one they
/// suspend it, and resume() goes on. Not thread-safe, as its connection.
class Session {
 public:
  explicit Session(bool nonblocking) : nonblocking_(nonblocking) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { disconnect(); }

  /// Runs an operation to its end, or to PSA_PENDING; its error goes to the call's sink.
  /// @param object  what it works on; lives as long as the operation, which may be longer than the host's
  /// hold on it
  template <class Object, class Operation>
  int32_t run(Object& object, const Operation& operation, const psa_call& call) noexcept {
    bool ended = false;
    const int32_t made = guard(call.sink, [&] {
      begin(call);
      if constexpr (Operation::has_value) {
        task_ = guarded(object.shared_from_this(), operation);
      } else {
        Task<> rest = begun(operation);
        ended = !rest && ended_now();
        if (!ended) task_ = guarded(object.shared_from_this(), std::move(rest));
      }
    });
    return made == PSA_OK && !ended ? step(true) : made;
  }
  int32_t resume() noexcept;
  void wait_for(psa_wait& out) const noexcept;

  /// Drops a pending operation and the connection.
  void disconnect() noexcept;

  PGconn* client() const noexcept { return client_; }
  void set_client(PGconn* client) noexcept { client_ = client; }
  bool nonblocking() const noexcept { return nonblocking_; }
  const std::shared_ptr<Canceller>& canceller() const noexcept { return canceller_; }

  /// Whether the connection is lost.
  bool broken() const noexcept { return broken_; }
  void give_up() noexcept { broken_ = true; }
  /// Cancels and deadlines ask the server; before, they end the wait with an error.
  void set_connected() noexcept { connected_ = true; }
  /// An unfinished result keeps the operation running between calls.
  void set_streaming(bool on) noexcept { streaming_ = on; }
  /// Waits for the cancels that are on their way, so that they do not hit what is sent next.
  Task<> settle_cancels();
  bool has_cancels_to_settle() const noexcept {
    return !broken_ && client_ != nullptr && canceller_->in_flight();
  }
  /// If the connection is lost, nobody will know whether what is being sent was applied.
  void set_may_be_applied(bool on) noexcept { may_be_applied_ = on; }
  bool streaming() const noexcept { return streaming_; }

  // For tasks.

  class Wait {
   public:
    Wait(Session& session, int descriptor, uint32_t events, int64_t wake_at) noexcept
        : session_(session), descriptor_(descriptor), events_(events), wake_at_(wake_at) {}
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiting) const noexcept { session_.waiting_ = waiting; }
    void await_resume() const { session_.after_wait(); }

   private:
    Session& session_;
    int descriptor_;
    uint32_t events_;
    int64_t wake_at_;
  };

  /// Until the server's socket is ready, a cancel comes, or the deadline passes.
  Wait ready(uint32_t events) { return {*this, PQsocket(client_), events, 0}; }
  Wait descriptor_ready(int descriptor, int64_t wake_at = 0) {
    return {*this, descriptor, PSA_WAIT_READ, wake_at};
  }
  /// Lets others have their turn, on a non-blocking connection that has worked for some time.
  bool has_worked_long() noexcept;
  /// How often those who handle many rows ask that.
  static constexpr int64_t rows_between_looks = 1024;
  Wait pause() { return {*this, -1, 0, 1}; }

  /// Whether libpq needs more input for what PQgetResult or PQgetCopyData is to give.
  bool busy() const noexcept { return !dead_ && PQisBusy(client_) != 0; }
  /// Takes what the socket has. A lost connection shows in the next result.
  void read() noexcept {
    if (PQconsumeInput(client_) == 0) dead_ = true;
  }
  Task<> flush();
  /// Most often all goes out at once; the coroutine is for the rest.
  bool must_flush() noexcept { return PQflush(client_) != 0; }
  /// The next result, NULL at the end of a command.
  Task<ResultHandle> result();
  /// Throws what libpq says of a send that failed.
  [[noreturn]] void fail_to_send();
  /// Runs one command in the simple protocol and reads all it gives; the last result, or the first error.
  Task<ResultHandle> command(std::string sql);
  /// Reads the rest of a command, and the sync point behind it; the first error is kept in the result.
  Task<std::optional<DriverError>> finish(bool pipelined);
  /// The same, as far as it goes without waiting. @return whether that was to the end
  bool finish_now(bool& pipelined, std::optional<DriverError>& failure);
  /// Makes an error of a result, and notes a lost connection.
  DriverError error_of(const PGresult* result, std::string_view sql = {});

 private:
  void begin(const psa_call& call);
  // What is left of an operation after its beginning: nothing, most often, of one that needs not wait.
  template <class Operation>
  static Task<> begun(const Operation& operation) {
    try {
      return operation.run();
    } catch (...) {
      return failed(std::current_exception());
    }
  }
  static Task<> failed(std::exception_ptr failure);
  bool ended_now() noexcept;
  template <class Operation>
  Task<> guarded([[maybe_unused]] std::shared_ptr<const void> kept, Operation operation) {
    std::exception_ptr failure;
    try {
      if constexpr (std::is_same_v<Operation, Task<>>)
        co_await operation;
      else
        operation.store(co_await operation.run());
    } catch (...) {
      failure = present_failure();
    }
    if (!streaming_) {
      // First, so that none is let in between the wait and the end.
      canceller_->end();
      if (has_cancels_to_settle()) {
        try {
          co_await settle_cancels();
        } catch (...) {
          if (!failure) failure = std::current_exception();
        }
      }
    }
    if (failure) std::rethrow_exception(failure);
  }
  std::exception_ptr present_failure() const;
  int32_t step(bool first) noexcept;
  void block();
  void after_wait();
  void throw_stopped(bool lost) const;
  int64_t wake_at() const noexcept;

  enum class Stop : uint8_t { none, cancel, deadline };

  PGconn* client_ = nullptr;
  const bool nonblocking_;
  bool broken_ = false;
  bool dead_ = false;
  bool connected_ = false;
  bool streaming_ = false;
  bool stream_stopped_ = false;  // the server was asked to end it
  bool settling_ = false;
  bool may_be_applied_ = false;
  Stop stop_ = Stop::none;
  std::shared_ptr<Canceller> canceller_ = std::make_shared<Canceller>();
  Task<> task_;
  std::coroutine_handle<> waiting_;
  void* sink_ = nullptr;
  int64_t deadline_ = 0;
  int64_t give_up_at_ = 0;
  int64_t turn_began_ = 0;  // as far as somebody looked; 0: not yet
  mutable uint64_t socket_generation_ = 0;
  int wait_descriptor_ = -1;
  uint32_t wait_events_ = 0;
  int64_t wait_wake_at_ = 0;
};

}  // namespace psa::postgres
