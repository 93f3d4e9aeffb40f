#pragma once

#include <filesystem>
#include <string>

#include <psa/driver.h>

namespace prefect_sqlalchemy {

/// A plugin's table, filled and checked, with its texts copied.
struct LoadedPlugin {
  psa_driver table{};
  std::string name;
  std::string version;
  std::string client;
  std::filesystem::path library;  ///< empty for a plugin linked into the program
};

/// What this library offers to drivers. Lives as long as the process.
const psa_host& host_table() noexcept;

/// Opens a plugin's library for good: it is never closed again, as errors, results and threads may still
/// hold its code. The caller serialises calls.
/// @param library  absolute path of an examined file
/// @throws Refusal  with the system's reason, such as which library of its own is missing
psa_driver_entry open_library(const std::filesystem::path& library);

/// Calls a driver's entry function and checks what it filled in.
/// @throws Refusal  the entry refused or threw, or the table is not what the ABI asks for
LoadedPlugin call_entry(psa_driver_entry entry);

}  // namespace prefect_sqlalchemy
