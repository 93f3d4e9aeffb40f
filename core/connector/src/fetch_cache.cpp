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

CursorResult& FetchCache::result(Engine& engine, std::string_view operation, const Parameters& parameters,
                                 const ExecutionOptions& options) {
  for (Entry& entry : entries_) {
    if (entry.operation == operation && entry.options == options && same(entry.parameters, parameters)) {
      return entry.result;
    }
  }
  Connection connection = connect(engine);
  Transaction transaction = connection.begin({.lazy = true});
  CursorResult result = connection.execute(operation, parameters, options);
  entries_.push_back({std::string(operation), parameters, options, std::move(connection),
                      std::move(transaction), std::move(result)});
  return entries_.back().result;
}

Connection FetchCache::connect(Engine& engine, const ConnectOptions& options) const {
  try {
    return engine.connect(options);
  } catch (const PoolTimeoutError& error) {
    if (entries_.empty()) throw;
    throw_pool_timeout(error);
  }
}

void FetchCache::throw_pool_timeout(const PoolTimeoutError& error) const {
  std::string text = error.what();
  text += "\nthis connector's fetches hold " + std::to_string(entries_.size()) +
          " connections until reset_connections() is called:";
  constexpr std::size_t most = 60;
  for (const Entry& entry : entries_) {
    text += "\n  " + entry.operation.substr(0, most) + (entry.operation.size() > most ? "..." : "");
  }
  throw PoolTimeoutError(text);
}

void FetchCache::drop(const CursorResult& result) noexcept {
  entries_.remove_if([&result](const Entry& entry) { return &entry.result == &result; });
}

void FetchCache::commit_all() {
  std::exception_ptr first;
  while (!entries_.empty()) {
    try {
      Entry entry = std::move(entries_.front());
      entries_.pop_front();
      entry.result.close();
      entry.transaction.commit();
      entry.connection.close();
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

}  // namespace prefect_sqlalchemy::detail
