#include "transaction_stack.hpp"

#include <prefect_sqlalchemy/base/error.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

std::size_t TransactionStack::find(Id id) const noexcept {
  std::size_t at = 0;
  while (at < entries_.size() && entries_[at].id != id) ++at;
  return at;
}

TransactionStack::Id TransactionStack::outermost(const void* owner) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.owner == owner) return entry.id;
  }
  return 0;
}

TransactionStack::Id TransactionStack::begin(const void* owner) {
  Entry entry{next_, owner, {}};
  if (entries_.empty()) {
    driver_.begin();
  } else {
    entry.savepoint = "psa_" + std::to_string(next_);
    driver_.savepoint(PSA_SAVEPOINT_SET, entry.savepoint);
  }
  entries_.push_back(std::move(entry));
  return next_++;
}

void TransactionStack::commit(Id id) {
  const std::size_t at = find(id);
  if (at == entries_.size()) {
    throw InvalidRequestError("this transaction has ended, or was rolled back with one around it");
  }
  if (!driver_.in_transaction()) {
    // A SQL COMMIT or ROLLBACK has ended it: nothing is left to do.
    entries_.clear();
    return;
  }
  // What the same owner nested inside is committed with it.
  const void* owner = entries_[at].owner;
  while (entries_.size() > at + 1 && entries_.back().owner == owner) entries_.pop_back();
  if (at + 1 == entries_.size()) {
    if (at == 0) {
      driver_.commit();
    } else {
      driver_.savepoint(PSA_SAVEPOINT_RELEASE, entries_[at].savepoint);
    }
  }
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
}

void TransactionStack::rollback(Id id) {
  const std::size_t at = find(id);
  if (at == entries_.size()) return;
  const std::string savepoint = entries_[at].savepoint;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at), entries_.end());
  if (!driver_.in_transaction()) {
    entries_.clear();
  } else if (savepoint.empty()) {
    driver_.rollback();
  } else {
    try {
      driver_.savepoint(PSA_SAVEPOINT_ROLLBACK_TO, savepoint);
      driver_.savepoint(PSA_SAVEPOINT_RELEASE, savepoint);
      // The transaction around it was committed by its owner and waited for this one.
      if (entries_.empty()) driver_.commit();
    } catch (...) {
      // Nobody is left who could end it.
      if (entries_.empty()) driver_.rollback();
      throw;
    }
  }
}

}  // namespace prefect_sqlalchemy::detail
