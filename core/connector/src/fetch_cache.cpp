#include "fetch_cache.hpp"

#include <algorithm>
#include <bit>
#include <exception>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

/// As ==, but a NaN is the same as itself: it must find its own result again.
bool same(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  if (left.kind() == Kind::real) {
    const auto bits = [](const Value& value) {
      return std::bit_cast<std::uint64_t>(std::get<double>(value.variant()));
    };
    return bits(left) == bits(right);
  }
  if (left.kind() == Kind::list) {
    const auto& a = std::get<Value::List>(left.variant());
    const auto& b = std::get<Value::List>(right.variant());
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Value& x, const Value& y) { return same(x, y); });
  }
  return left == right;
}

bool same(const Parameters& left, const Parameters& right) {
  return std::equal(
      left.begin(), left.end(), right.begin(), right.end(),
      [](const Parameter& a, const Parameter& b) { return a.name == b.name && same(a.value, b.value); });
}

}  // namespace

FetchCache::Claim::~Claim() {
  if (entry_ == nullptr) return;
  const std::lock_guard lock(cache_.mutex_);
  entry_->busy = false;
}

void FetchCache::Claim::drop() noexcept { cache_.erase(*std::exchange(entry_, nullptr)); }

FetchCache::Claim FetchCache::claim(Engine& engine, std::string_view operation, const Parameters& parameters,
                                    const ExecutionOptions& options) {
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    for (Entry& known : entries_) {
      if (known.operation != operation || known.options != options || !same(known.parameters, parameters)) {
        continue;
      }
      if (std::exchange(known.busy, true)) {
        throw InvalidRequestError("this fetch is being read by another call; wait for that one first");
      }
      return {*this, known};
    }
    entry = &entries_.emplace_back(Entry{std::string(operation), parameters, options});
  }
  Claim claim(*this, *entry);
  try {
    entry->connection = connect(engine);
    entry->transaction = entry->connection->begin({.lazy = true});
    entry->result = entry->connection->execute(operation, parameters, options);
    return {*this, *std::exchange(claim.entry_, nullptr)};
  } catch (...) {
    claim.drop();
    throw;
  }
}

Connection FetchCache::connect(Engine& engine, const ConnectOptions& options) const {
  try {
    return engine.connect(options);
  } catch (const PoolTimeoutError& error) {
    throw_pool_timeout(error);
  }
}

void FetchCache::throw_pool_timeout(const PoolTimeoutError& error) const {
  const std::lock_guard lock(mutex_);
  std::string holders;
  int count = 0;
  constexpr std::size_t most = 60;
  for (const Entry& entry : entries_) {
    if (!entry.connection) continue;
    ++count;
    holders += "\n  " + entry.operation.substr(0, most) + (entry.operation.size() > most ? "..." : "");
  }
  if (count == 0) throw PoolTimeoutError(error);
  throw PoolTimeoutError(std::string(error.what()) + "\nthis connector's fetches hold " +
                         std::to_string(count) +
                         " connections until reset_connections() is called:" + holders);
}

void FetchCache::erase(Entry& entry) noexcept {
  std::list<Entry> gone;  // closed after the lock is
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&entry](const Entry& each) { return &each == &entry; });
  if (found != entries_.end()) gone.splice(gone.begin(), entries_, found);
}

void FetchCache::commit_all() {
  std::list<Entry> ending;
  {
    const std::lock_guard lock(mutex_);
    if (std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.busy; })) {
      throw InvalidRequestError("a fetch of this connector is under way in another call; wait for it first");
    }
    ending.swap(entries_);
  }
  std::exception_ptr first;
  while (!ending.empty()) {
    try {
      Entry entry = std::move(ending.front());
      ending.pop_front();
      entry.result->close();
      entry.transaction->commit();
      entry.connection->close();
    } catch (const std::exception& error) {
      if (first == nullptr) {
        first = std::current_exception();
      } else {
        log::error(std::string("a further fetch could not be committed: ") + error.what());
      }
    }
  }
  if (first != nullptr) std::rethrow_exception(first);
}

void FetchCache::rollback_all() noexcept {
  std::list<Entry> ending;
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto each = entry++;
    if (!each->busy) ending.splice(ending.end(), entries_, each);
  }
}

bool FetchCache::empty() const noexcept {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

}  // namespace prefect_sqlalchemy::detail
