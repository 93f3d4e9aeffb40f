#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <prefect_sqlalchemy/sql/engine.hpp>

#include "physical_connection.hpp"
#include "pool_policy.hpp"

namespace prefect_sqlalchemy::detail {

class Lease;

/// The blocking pool: PoolPolicy's decisions, carried out.
/// Threads: any number at once. Connections are opened, asked and closed outside the lock.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(URL url, EngineOptions options);

  std::shared_ptr<Lease> lend(IsolationLevel isolation);
  /// @param usable  false: close it
  void give_back(std::uint64_t id, std::shared_ptr<PhysicalConnection> connection, bool usable) noexcept;
  void dispose();

  const URL& url() const noexcept { return url_; }
  const EngineOptions& options() const noexcept { return options_; }
  Engine::PoolStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Lent {
    std::uint64_t id;
    std::shared_ptr<PhysicalConnection> connection;
  };
  Lent obtain();
  /// Waits until `ready` holds; an awaitable operation without blocking its thread. @return false: it is
  /// `until`, or the operation was asked to stop
  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& lock, Clock::time_point until, Ready ready);
  void wait_for_grant(PoolPolicy::Id waiter, std::unique_lock<std::mutex>& lock);
  void wait_for_first(std::unique_lock<std::mutex>& lock);
  void notify_all_held();
  Lent use(PoolPolicy::Id id, std::unique_lock<std::mutex>& lock);
  Lent open(std::unique_lock<std::mutex>& lock);
  void open_failed_held();
  void hand_on(const std::optional<PoolPolicy::Grant>& grant);
  [[noreturn]] void throw_timeout() const;
  std::shared_ptr<PhysicalConnection> connect() const;

  const URL url_;
  const EngineOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;        // for threads
  std::vector<AsyncOperation*> first_comers_;  // awaitable operations that wait for the first connection
  PoolPolicy policy_;
  std::unordered_map<PoolPolicy::Id, std::shared_ptr<PhysicalConnection>> idle_;
  std::unordered_map<PoolPolicy::Id, std::optional<PoolPolicy::Id>> granted_;  // waiter to connection
  std::unordered_map<PoolPolicy::Id, AsyncOperation*> parked_;                 // waiter to who waits
  std::shared_ptr<PhysicalConnection> shared_;  // a private database's only connection
  bool may_be_private_ = true;                  // until the first connection has told
  bool opening_first_ = false;
  std::uint64_t next_id_ = 1;
  std::uint64_t first_id_of_generation_ = 1;  // older ones are closed when they come back
  int shared_leases_ = 0;
};

}  // namespace prefect_sqlalchemy::detail
