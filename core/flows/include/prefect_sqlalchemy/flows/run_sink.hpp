#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include <prefect_sqlalchemy/flows/run_event.hpp>

namespace prefect::detail {

/// A store that decides about runs, as a Prefect server does. All functions block, and throw
/// PrefectServerError: one that is retryable() says that the server is away. Threads: any number at once.
class RunAuthority {
 public:
  virtual ~RunAuthority() = default;

  struct KnownRun {
    std::string id;
    std::string name;
  };
  /// Makes a flow run known, as Pending. @return what the server calls it
  virtual KnownRun create(const FlowRunCreated& event) = 0;
  /// A task run that is going to be made known: others may name it as their input before. Sends nothing.
  virtual void announce(const TaskRunCreated&) {}
  /// Makes a task run known, as Pending.
  virtual void create(const TaskRunCreated& event) = 0;
  /// Takes over the flow run event.id, which somebody else has made; a name in the event becomes its name.
  virtual void adopt(const FlowRunCreated& event) = 0;
  /// @param force  no rule may hinder it
  virtual Verdict propose(const StateChanged& change, bool force = false) = 0;
};

/// Where recorded runs go: the local store, or a Prefect server.
/// Threads: one call at a time; the recorder's writer makes them all.
class RunSink {
 public:
  virtual ~RunSink() = default;
  /// Writes events in their order, all or none: after an exception the same batch may come again.
  virtual void write(std::span<const RunEvent> events) = 0;
  /// The one that decides, if the store does; lives as long as this.
  virtual RunAuthority* authority() noexcept { return nullptr; }
  /// True where write() is tried until it succeeds, since the store is expected back; false where a batch is
  /// given up after a few tries.
  virtual bool comes_back() const noexcept { return false; }
  /// The batch that failed last does not come again. @return how many of its events were written all the same
  virtual std::size_t drop_batch() { return 0; }
  /// The process ends: nothing may take longer than until then.
  virtual void give_up_at(std::chrono::steady_clock::time_point) {}
  /// Called every 30 seconds while runs are open: tells others that this process lives.
  virtual void heartbeat() = 0;
  /// The store as warnings name it, without a password.
  virtual std::string name() const = 0;
};

}  // namespace prefect::detail
