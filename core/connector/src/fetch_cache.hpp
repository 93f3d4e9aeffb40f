#pragma once

#include <list>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy::detail {

/// The results that a connector's fetch verbs have open, each with its connection and transaction.
///
/// The key is the exact text of the operation, its parameters with their types, and its options; compared,
/// not hashed: there are seldom more than a handful.
class FetchCache {
 public:
  /// The result of these inputs; the statement is run unless it has been.
  /// A failure gives the connection back and caches nothing.
  CursorResult& result(Engine& engine, std::string_view operation, const Parameters& parameters,
                       const ExecutionOptions& options);
  /// A connection of the engine. When the pool has none, the error names the fetches that hold some.
  Connection connect(Engine& engine, const ConnectOptions& options = {}) const;
  /// A result that failed while it was read is of no further use. Rolls back.
  void drop(const CursorResult& result) noexcept;
  /// Commits and closes all. @throws the first failure, with the others' words, after all were closed
  void commit_all();
  void rollback_all() noexcept { entries_.clear(); }
  bool empty() const noexcept { return entries_.empty(); }

 private:
  struct Entry {
    std::string operation;
    Parameters parameters;
    ExecutionOptions options;
    Connection connection;
    Transaction transaction;
    CursorResult result;
  };
  [[noreturn]] void throw_pool_timeout(const PoolTimeoutError& error) const;

  std::list<Entry> entries_;
};

}  // namespace prefect_sqlalchemy::detail
