#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <prefect_sqlalchemy/sql/column.hpp>
#include <psa/driver.h>

#include "statement_text.hpp"

namespace prefect_sqlalchemy::detail {

/// A statement as the driver has prepared it, with what the core knows of it. Releases itself.
struct PreparedStatement {
  PreparedStatement(const psa_driver& driver_table, StatementText statement_text)
      : table(driver_table), text(std::move(statement_text)) {}
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;
  ~PreparedStatement() { table.statement_release(handle); }

  const psa_driver& table;
  StatementText text;
  RenderedStatement rendered;
  psa_statement* handle = nullptr;
  /// The user's text, once there is a result.
  std::shared_ptr<const std::string> sql;
  /// The column names its last result had; the next one shares them if they are the same.
  std::shared_ptr<const ColumnNames> names;
  /// How its last batch was read; the next one tells its schema only if that is another.
  std::shared_ptr<const BatchLayout> layout;
};

/// The prepared statements of one connection, by key; the least recently used one goes first.
/// Threads: as its connection.
class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  /// nullptr: not there.
  std::shared_ptr<PreparedStatement> find(std::string_view key);
  void insert(std::string key, std::shared_ptr<PreparedStatement> statement);
  void clear() noexcept;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<PreparedStatement> statement;
  };
  std::size_t capacity_;
  std::list<Entry> entries_;  // most recently used first; nodes stay, so the map may view their keys
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace prefect_sqlalchemy::detail
