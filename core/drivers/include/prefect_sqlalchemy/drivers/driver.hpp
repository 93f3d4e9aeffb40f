#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <prefect_sqlalchemy/base/export.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy {

struct LoadedPlugin;

/// A driver that is loaded and ready: a plugin's table under the name it was asked for. Never changes and
/// lives as long as the process, so references may be kept. Threads: any.
class PREFECT_SQLALCHEMY_API Driver {
 public:
  /// For the registry: get one from find_driver.
  Driver(std::string name, const LoadedPlugin& plugin);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// The driver's functions. All its required ones are there, as are those its capabilities need.
  const psa_driver& table() const noexcept { return *table_; }

  /// The name asked for, "postgresql+psycopg2".
  const std::string& name() const noexcept { return name_; }
  /// The plugin's name, "postgres".
  const std::string& plugin_name() const noexcept;
  /// The plugin's version.
  const std::string& version() const noexcept;
  /// The database client it runs on, "SQLite 3.40.1"; may be empty.
  const std::string& client() const noexcept;
  /// The plugin's file; empty if it is linked into the program.
  const std::filesystem::path& library() const noexcept;

  /// PSA_CAP_ bits.
  std::uint64_t capabilities() const noexcept { return table_->capabilities; }
  /// Whether all of these PSA_CAP_ bits are set.
  bool has(std::uint64_t capability) const noexcept { return (capabilities() & capability) == capability; }

 private:
  std::string name_;
  const LoadedPlugin* plugin_;
  const psa_driver* table_;
};

}  // namespace prefect_sqlalchemy
