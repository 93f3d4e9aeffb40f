#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include <prefect_sqlalchemy/blocks/store_database.hpp>
#include <prefect_sqlalchemy/flows/run_sink.hpp>

#include "process_lock.hpp"

namespace prefect::detail {

/// Records runs in the local store. Making one opens the store, tells the runs of dead processes Crashed and
/// enters this process.
class LocalRunSink final : public RunSink {
 public:
  /// @throws as StoreDatabase::engine()
  LocalRunSink();
  explicit LocalRunSink(StoreDatabase& store);
  /// Takes this process out again, unless it leaves open runs behind: those are Crashed once it is gone.
  ~LocalRunSink() override;

  void write(std::span<const RunEvent> events) override;
  void heartbeat() override;
  std::string name() const override { return store_.name(); }

 private:
  void enter(prefect_sqlalchemy::Connection& connection);

  StoreDatabase& store_;
  const std::string process_id_;
  std::optional<ProcessLock> lock_;
  std::int64_t batch_ = 0;
  std::set<std::string> open_runs_;
};

}  // namespace prefect::detail
