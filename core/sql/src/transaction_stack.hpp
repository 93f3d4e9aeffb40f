#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prefect_sqlalchemy::detail {

/// What a transaction stack has done in the database.
class TransactionDriver {
 public:
  virtual ~TransactionDriver() = default;
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() = 0;
  virtual void savepoint(std::uint32_t action, const std::string& name) = 0;
  /// Whether the database has one open, or has put one off.
  virtual bool in_transaction() = 0;
};

/// The open transactions and savepoints of one connection.
///
/// Usually one user's: a transaction and savepoints in it, ended from the inside out. Where several leases
/// share a connection (a private database), each one's first transaction after the first is a savepoint,
/// and they may end in any order: the database commits when the last has ended. Rolling back an outer one
/// takes along what was begun after it; whoever commits that then is told so.
///
/// Invariant: the database has a transaction open while the stack is not empty.
class TransactionStack {
 public:
  using Id = std::uint64_t;

  explicit TransactionStack(TransactionDriver& driver) : driver_(driver) {}

  /// A transaction, or a savepoint if there is one already.
  Id begin(const void* owner);
  /// @throws InvalidRequestError  it has been rolled back, or has ended
  void commit(Id id);
  /// Harmless if it has ended.
  void rollback(Id id);
  bool active(Id id) const noexcept { return find(id) < entries_.size(); }
  /// The outermost of this owner's; 0: none.
  Id outermost(const void* owner) const noexcept;
  bool empty() const noexcept { return entries_.empty(); }
  /// The connection is lost, and all its transactions with it.
  void clear() noexcept { entries_.clear(); }

 private:
  struct Entry {
    Id id;
    const void* owner;
    std::string savepoint;  // empty: the database's own transaction
  };
  std::size_t find(Id id) const noexcept;

  TransactionDriver& driver_;
  std::vector<Entry> entries_;
  Id next_ = 1;
};

}  // namespace prefect_sqlalchemy::detail
