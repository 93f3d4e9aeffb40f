#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy::detail {

/// The results that a connector's fetch verbs have open, each with its connection and transaction.
///
/// The key is the exact text of the operation, its parameters with their types, and its options; compared,
/// not hashed: there are seldom more than a handful.
/// Threads: any number at once, but for one call on a result: a second is an InvalidRequestError.
class FetchCache {
  struct Entry {
    std::string operation;
    Parameters parameters;
    ExecutionOptions options;
    bool busy = true;
    std::optional<Connection> connection = {};
    std::optional<Transaction> transaction = {};
    std::optional<CursorResult> result = {};
  };

 public:
  /// One call's use of a result.
  class Claim {
   public:
    Claim(FetchCache& cache, Entry& entry) noexcept : cache_(cache), entry_(&entry) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();
    CursorResult& result() noexcept { return *entry_->result; }
    /// A result that failed while it was read is of no further use. Rolls back.
    void drop() noexcept;

   private:
    friend class FetchCache;
    FetchCache& cache_;
    Entry* entry_;
  };

  /// The result of these inputs; the statement is run unless it has been.
  /// A failure gives the connection back and caches nothing.
  Claim claim(Engine& engine, std::string_view operation, const Parameters& parameters,
              const ExecutionOptions& options);
  /// A connection of the engine. When the pool has none, the error names the fetches that hold some.
  Connection connect(Engine& engine, const ConnectOptions& options = {}) const;
  /// Commits and closes all. @throws the first failure, with the others' words, after all were closed;
  /// InvalidRequestError  one is in use, and nothing was done
  void commit_all();
  void rollback_all() noexcept;
  bool empty() const noexcept;

 private:
  void erase(Entry& entry) noexcept;
  [[noreturn]] void throw_pool_timeout(const PoolTimeoutError& error) const;

  mutable std::mutex mutex_;
  std::list<Entry> entries_;
};

}  // namespace prefect_sqlalchemy::detail
