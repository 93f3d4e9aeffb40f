// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <psa/driver.h>

namespace psa::sqlite {

/// What connecting needs, read out of the host's arguments.
struct Settings {
  std::string filename;  // as sqlite3_open_v2 takes it: a path, ":memory:", or a URI
  int open_flags = 0;
  bool is_private = false;  // in memory, and not shared with other connections
  std::string vfs;          // empty: SQLite's default
  int64_t timeout = 0;      // nanoseconds to wait for a lock
  std::optional<bool> foreign_keys;
  std::string journal_mode;         // empty: as the database file has it
  std::string begin = "BEGIN";      // the statement that begins a transaction
  std::string key;                  // of an encrypted database; forgotten once it is open
  std::vector<std::string> cipher;  // pragmas that go with the key
};

/// @throws DriverError  PSA_INVALID_ARGUMENT: unknown or unreadable option, host, user or password given,
///                      a file: URI without uri=true
Settings read_settings(const psa_connection_args& args);

}  // namespace psa::sqlite
