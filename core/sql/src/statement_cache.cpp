#include "statement_cache.hpp"

#include <utility>

namespace prefect_sqlalchemy::detail {

std::shared_ptr<PreparedStatement> StatementCache::find(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement;
}

void StatementCache::insert(std::string key, std::shared_ptr<PreparedStatement> statement) {
  if (capacity_ == 0) return;
  if (entries_.size() >= capacity_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), std::move(statement)});
  by_key_.emplace(entries_.front().key, entries_.begin());
}

void StatementCache::clear() noexcept {
  by_key_.clear();
  entries_.clear();
}

}  // namespace prefect_sqlalchemy::detail
