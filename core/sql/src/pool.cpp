#include "pool.hpp"

#include <utility>
#include <vector>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "lease.hpp"

namespace prefect_sqlalchemy::detail {

Pool::Pool(URL url, EngineOptions options)
    : url_(std::move(url)),
      options_(std::move(options)),
      policy_({options_.pool_size, options_.max_overflow, options_.pool_recycle, options_.pool_use_lifo}) {}

std::shared_ptr<PhysicalConnection> Pool::connect() const {
  return std::make_shared<PhysicalConnection>(find_driver(url_.drivername), url_, options_);
}

std::shared_ptr<Lease> Pool::lend(IsolationLevel isolation) {
  if (isolation == IsolationLevel::database_default) isolation = options_.isolation_level;
  Lent lent = obtain();
  return std::make_shared<Lease>(shared_from_this(), std::move(lent.connection), lent.id, isolation);
}

Pool::Lent Pool::obtain() {
  std::unique_lock lock(mutex_);
  if (may_be_private_) {
    // Until the first connection has told whether its database is its own, nobody opens a second.
    wait_for_first(lock);
    if (shared_ != nullptr) {
      ++shared_leases_;
      return {0, shared_};
    }
    opening_first_ = may_be_private_;
  }
  std::vector<PoolPolicy::Id> expired;
  const PoolPolicy::Id waiter = next_id_++;
  std::optional<PoolPolicy::Grant> grant = policy_.request(waiter, Clock::now(), expired);
  std::vector<std::shared_ptr<PhysicalConnection>> closing;
  for (const PoolPolicy::Id id : expired) closing.push_back(std::move(idle_.extract(id).mapped()));
  if (!closing.empty()) {
    lock.unlock();
    closing.clear();
    lock.lock();
  }
  if (!grant) {
    wait_for_grant(waiter, lock);
    grant = PoolPolicy::Grant{waiter, granted_.extract(waiter).mapped()};
  }
  return grant->connection ? use(*grant->connection, lock) : open(lock);
}

template <class Ready>
bool Pool::wait(std::unique_lock<std::mutex>& lock, Clock::time_point until, Ready ready) {
  const std::stop_token& stop = OperationContext::current().stop;
  AsyncOperation* const operation = AsyncOperation::current();
  if (operation == nullptr) return changed_.wait_until(lock, stop, until, ready);
  while (!ready()) {
    if (stop.stop_requested() || Clock::now() >= until) return false;
    lock.unlock();
    operation->park(until);
    lock.lock();
  }
  return true;
}

void Pool::wait_for_first(std::unique_lock<std::mutex>& lock) {
  AsyncOperation* const operation = AsyncOperation::current();
  if (operation != nullptr) first_comers_.push_back(operation);
  // Whoever opens it has its own deadline, and wakes the others however that ends.
  const bool opened = wait(lock, Clock::time_point::max(), [this] { return !opening_first_; });
  if (operation != nullptr) std::erase(first_comers_, operation);
  if (!opened) throw CancelledError("cancelled while waiting for a connection of the pool");
}

void Pool::notify_all_held() {
  changed_.notify_all();
  for (AsyncOperation* const operation : first_comers_) operation->unpark();
}

void Pool::wait_for_grant(PoolPolicy::Id waiter, std::unique_lock<std::mutex>& lock) {
  const OperationContext& context = OperationContext::current();
  auto until = Clock::now() + options_.pool_timeout;
  const bool by_deadline = context.deadline && *context.deadline < until;
  if (by_deadline) until = *context.deadline;
  if (AsyncOperation* const operation = AsyncOperation::current()) parked_.emplace(waiter, operation);
  const bool served = wait(lock, until, [&] { return granted_.contains(waiter); });
  parked_.erase(waiter);
  if (served) return;
  policy_.abandon(waiter);
  if (context.stop.stop_requested()) {
    throw CancelledError("cancelled while waiting for a connection of the pool");
  }
  if (by_deadline) throw DeadlineError("the deadline passed while waiting for a connection of the pool");
  throw_timeout();
}

Pool::Lent Pool::use(PoolPolicy::Id id, std::unique_lock<std::mutex>& lock) {
  std::shared_ptr<PhysicalConnection> connection = std::move(idle_.extract(id).mapped());
  if (!options_.pool_pre_ping) return {id, std::move(connection)};
  lock.unlock();
  try {
    connection->ping();
    return {id, std::move(connection)};
  } catch (const std::exception& error) {
    log::info(std::string("an idle connection is replaced: ") + error.what());
  }
  connection.reset();
  lock.lock();
  policy_.dead(id);
  return open(lock);  // in the place of the one that is gone
}

Pool::Lent Pool::open(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::shared_ptr<PhysicalConnection> connection;
  try {
    connection = connect();
  } catch (...) {
    lock.lock();
    open_failed_held();
    throw;
  }
  lock.lock();
  const std::uint64_t id = next_id_++;
  policy_.opened(id, Clock::now());
  if (std::exchange(opening_first_, false)) {
    may_be_private_ = connection->shared();
    if (connection->shared()) {
      shared_ = connection;
      shared_leases_ = 1;
      policy_.give_back(id, Clock::now(), false);  // it is outside the policy's count
      notify_all_held();
      return {0, std::move(connection)};
    }
    notify_all_held();
  }
  return {id, std::move(connection)};
}

void Pool::open_failed_held() {
  opening_first_ = false;
  hand_on(policy_.open_failed());
  notify_all_held();
}

void Pool::hand_on(const std::optional<PoolPolicy::Grant>& grant) {
  if (!grant) return;
  granted_.emplace(grant->waiter, grant->connection);
  if (const auto parked = parked_.find(grant->waiter); parked != parked_.end()) {
    parked->second->unpark();
  } else {
    changed_.notify_all();
  }
}

void Pool::give_back(std::uint64_t id, std::shared_ptr<PhysicalConnection> connection, bool usable) noexcept {
  // Declared first, so that what is not kept is closed after the lock is gone.
  std::shared_ptr<PhysicalConnection> closing;
  const std::lock_guard lock(mutex_);
  if (id == 0) {
    if (connection == shared_) {
      --shared_leases_;
      if (!usable) {
        shared_.reset();  // those who have it go on with it; the next gets a new one
        shared_leases_ = 0;
      }
    }
    closing = std::move(connection);
    return;
  }
  const bool current = id >= first_id_of_generation_;
  const PoolPolicy::Returned returned = policy_.give_back(id, Clock::now(), usable && current);
  if (returned.keep) {
    idle_.emplace(id, std::move(connection));
  } else {
    closing = std::move(connection);
  }
  hand_on(returned.next);
}

void Pool::dispose() {
  std::vector<std::shared_ptr<PhysicalConnection>> closing;
  const std::lock_guard lock(mutex_);
  for (const PoolPolicy::Id id : policy_.dispose()) closing.push_back(std::move(idle_.extract(id).mapped()));
  if (shared_ != nullptr) closing.push_back(std::exchange(shared_, nullptr));
  shared_leases_ = 0;
  first_id_of_generation_ = next_id_;
}

Engine::PoolStatus Pool::status() const {
  const std::lock_guard lock(mutex_);
  if (shared_ != nullptr) return {shared_leases_ == 0 ? 1 : 0, shared_leases_};
  return {policy_.idle(), policy_.lent()};
}

void Pool::throw_timeout() const {
  throw PoolTimeoutError("QueuePool limit of size " + std::to_string(options_.pool_size) + " overflow " +
                         std::to_string(options_.max_overflow) + " reached, connection timed out, timeout " +
                         std::to_string(options_.pool_timeout.count()) +
                         " ms: all connections are in use; close some, or raise pool_size");
}

}  // namespace prefect_sqlalchemy::detail
