#include "pool_policy.hpp"

#include <algorithm>

namespace prefect_sqlalchemy::detail {

bool PoolPolicy::expired(Id connection, Time now) const {
  return limits_.recycle.count() >= 0 && now - opened_at_.at(connection) > limits_.recycle;
}

bool PoolPolicy::may_open() const noexcept {
  if (limits_.size == 0 || limits_.max_overflow < 0) return true;
  return open_ < limits_.size + limits_.max_overflow;
}

std::optional<PoolPolicy::Grant> PoolPolicy::request(Id waiter, Time now, std::vector<Id>& expired_out) {
  while (!idle_.empty()) {
    const Id connection = limits_.lifo ? idle_.back() : idle_.front();
    limits_.lifo ? idle_.pop_back() : idle_.pop_front();
    if (!expired(connection, now)) return Grant{waiter, connection};
    expired_out.push_back(connection);
    opened_at_.erase(connection);
    --open_;
  }
  if (may_open()) {
    ++open_;
    return Grant{waiter, std::nullopt};
  }
  waiters_.push_back(waiter);
  return std::nullopt;
}

bool PoolPolicy::abandon(Id waiter) {
  const auto found = std::find(waiters_.begin(), waiters_.end(), waiter);
  if (found == waiters_.end()) return false;
  waiters_.erase(found);
  return true;
}

void PoolPolicy::opened(Id connection, Time now) { opened_at_[connection] = now; }

std::optional<PoolPolicy::Grant> PoolPolicy::open_failed() {
  --open_;
  return serve_opening();
}

std::optional<PoolPolicy::Grant> PoolPolicy::serve_opening() {
  if (waiters_.empty() || !may_open()) return std::nullopt;
  const Id waiter = waiters_.front();
  waiters_.pop_front();
  ++open_;
  return Grant{waiter, std::nullopt};
}

PoolPolicy::Returned PoolPolicy::give_back(Id connection, Time now, bool usable) {
  if (usable && !expired(connection, now)) {
    if (!waiters_.empty()) {
      const Id waiter = waiters_.front();
      waiters_.pop_front();
      return {true, Grant{waiter, connection}};
    }
    if (limits_.size == 0 || idle() < limits_.size) {
      idle_.push_back(connection);
      return {true, std::nullopt};
    }
  }
  opened_at_.erase(connection);
  --open_;
  return {false, serve_opening()};
}

std::vector<PoolPolicy::Id> PoolPolicy::dispose() {
  std::vector<Id> out(idle_.begin(), idle_.end());
  for (const Id connection : out) opened_at_.erase(connection);
  open_ -= idle();
  idle_.clear();
  return out;
}

}  // namespace prefect_sqlalchemy::detail
