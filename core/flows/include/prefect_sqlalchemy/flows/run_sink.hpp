#pragma once

#include <span>
#include <string>

#include <prefect_sqlalchemy/flows/run_event.hpp>

namespace prefect::detail {

/// Where recorded runs go: the local store, or a Prefect server.
/// Threads: one call at a time; the recorder's writer makes them all.
class RunSink {
 public:
  virtual ~RunSink() = default;
  /// Writes events in their order, all or none: after an exception the same batch may come again.
  virtual void write(std::span<const RunEvent> events) = 0;
  /// Called every 30 seconds while runs are open: tells others that this process lives.
  virtual void heartbeat() = 0;
  /// The store as warnings name it, without a password.
  virtual std::string name() const = 0;
};

}  // namespace prefect::detail
