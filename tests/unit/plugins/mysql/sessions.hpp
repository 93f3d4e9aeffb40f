// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <thread>

#include "driver_client.hpp"

// What tests of several sessions share.
namespace mysql_test {

/// The server's number for a session, as KILL takes it.
inline std::string session_id(const driver_client::Connection& connection) {
  return driver_client::run(connection, "SELECT CONNECTION_ID()").substr(6);
}

/// Waits until the server tells of a session what `condition` asks of information_schema.processlist.
inline void wait_until(const driver_client::Connection& watcher, const std::string& id,
                       const std::string& condition) {
  const std::string sql =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id + " AND " + condition;
  while (driver_client::run(watcher, sql) != "int64 1") std::this_thread::yield();
}

/// A table that is dropped with its owner, and before it is made.
class Table {
 public:
  Table(const driver_client::Connection& connection, std::string name, const std::string& columns)
      : connection_(connection), name_(std::move(name)) {
    driver_client::run(connection_, "DROP TABLE IF EXISTS " + name_);
    driver_client::run(connection_, "CREATE TABLE " + name_ + " (" + columns + ") ENGINE = InnoDB");
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() {
    try {
      driver_client::run(connection_, "DROP TABLE IF EXISTS " + name_);
    } catch (...) {
      ADD_FAILURE() << "could not drop " << name_;
    }
  }

  std::string count() const {
    return driver_client::run(connection_, "SELECT COUNT(*) FROM " + name_).substr(6);
  }

 private:
  const driver_client::Connection& connection_;
  std::string name_;
};

}  // namespace mysql_test
