#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/drivers/driver.hpp>
#include <prefect_sqlalchemy/drivers/driver_report.hpp>
#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>
#include <psa/driver.h>

/// Finding and loading drivers. Threads: any, for every function here; loading is serialised.
namespace prefect_sqlalchemy {

/// The driver of this name, loaded on first use and kept for the life of the process; also safe to use
/// while static objects are destroyed. The first plugin of the search that serves the name decides: if it
/// cannot be used, that is an error, and none further on is taken in its place.
/// @throws ArgumentError       the text cannot be a driver's name
/// @throws MissingDriverError  no plugin serves it, or the one that does cannot be used; asked again, the
///                             search is made anew
PREFECT_SQLALCHEMY_API const Driver& find_driver(std::string_view name);

/// What this library offers to drivers, for psa_driver_entry and nothing else.
PREFECT_SQLALCHEMY_API const psa_host& host() noexcept;

/// Puts a folder in front of the search, behind those added before it. Drivers already loaded stay.
/// @throws ArgumentError  the path is not absolute
PREFECT_SQLALCHEMY_API void add_driver_folder(const std::filesystem::path& folder);

/// Lets plugins be loaded only if they are pinned in this file, beside what the environment's
/// PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST says: a plugin must be in both. Drivers linked into the program need
/// no pin, and those already loaded stay. The file is read at each search; one that cannot be read allows
/// nothing.
/// @param file  lines of a SHA-256 and a plugin's library (its absolute path, or its file name alone), as
///              `sha256sum` prints them; others must not be able to write it
/// @throws ArgumentError  the path is not absolute
PREFECT_SQLALCHEMY_API void set_driver_allowlist(const std::filesystem::path& file);

/// From now on, only drivers linked into the program are found: no folder is searched and nothing is loaded.
/// The environment's PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS does the same. Drivers already loaded stay.
PREFECT_SQLALCHEMY_API void forbid_dynamic_drivers();

/// Makes a driver that is linked into the program known, before all folders. Nothing of it runs until it
/// is first used.
/// @param names  the driver names it serves
/// @param entry  its psa_<name>_driver_entry
/// @throws ArgumentError  a name is none, is taken by another such driver, or has been loaded already
PREFECT_SQLALCHEMY_API void register_static_driver(std::vector<std::string> names, psa_driver_entry entry);

/// Every plugin the search sees, usable or not, in its order; checked as far as that goes without running
/// any of them.
PREFECT_SQLALCHEMY_API std::vector<DriverCandidate> list_drivers();

/// What find_driver would see for this name, without loading anything: also which of the shared libraries
/// that its plugin needs are missing.
/// @throws ArgumentError  the text cannot be a driver's name
PREFECT_SQLALCHEMY_API DriverReport explain_driver(std::string_view name);

}  // namespace prefect_sqlalchemy
