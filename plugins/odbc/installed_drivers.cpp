// SPDX-License-Identifier: Apache-2.0
#include "installed_drivers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <dlfcn.h>
#include <sqlext.h>
#include <sqlucode.h>

#include "utf16.hpp"

namespace psa::odbc {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

std::string names_of(const std::vector<InstalledDriver>& drivers) {
  std::vector<std::string> names;
  for (const InstalledDriver& each : drivers) names.push_back(each.name);
  return joined(names);
}

// Value of "Driver=..." among attributes that are separated and ended by NULs.
std::string library_of(std::string_view attributes) {
  constexpr std::string_view key = "Driver=";
  while (!attributes.empty()) {
    const std::string_view one = attributes.substr(0, attributes.find('\0'));
    if (one.starts_with(key)) return std::string(one.substr(key.size()));
    attributes.remove_prefix(std::min(attributes.size(), one.size() + 1));
  }
  return {};
}

// Names without a folder are looked for by the driver manager in its own as well.
constexpr std::array folders = {"/usr/lib/x86_64-linux-gnu/odbc/", "/usr/lib/aarch64-linux-gnu/odbc/",
                                "/usr/lib/odbc/", "/usr/local/lib/"};

std::string found_library(std::string_view library) {
  if (library.find('/') != std::string_view::npos) return std::string(library);
  std::error_code ignored;
  for (const std::string_view folder : folders) {
    const std::string path = std::string(folder) + std::string(library);
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return std::string(library);
}

}  // namespace

std::vector<InstalledDriver> installed_drivers(SQLHENV environment) {
  std::vector<InstalledDriver> drivers;
  std::array<SQLWCHAR, 256> name;
  std::array<SQLWCHAR, 4096> attributes;
  SQLSMALLINT name_size = 0, attributes_size = 0;
  SQLUSMALLINT direction = SQL_FETCH_FIRST;
  while (SQL_SUCCEEDED(SQLDriversW(environment, direction, name.data(), name.size(), &name_size,
                                   attributes.data(), attributes.size(), &attributes_size))) {
    direction = SQL_FETCH_NEXT;
    const auto size = std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(attributes_size, 0)),
                                       attributes.size() - 1);
    drivers.push_back(
        {utf8_of(name.data(), std::min<size_t>(static_cast<size_t>(name_size), name.size() - 1)),
         library_of(utf8_of(attributes.data(), size))});
  }
  return drivers;
}

std::vector<std::string> data_sources(SQLHENV environment) {
  std::vector<std::string> names;
  std::array<SQLWCHAR, 256> name, description;
  SQLSMALLINT name_size = 0, description_size = 0;
  SQLUSMALLINT direction = SQL_FETCH_FIRST;
  while (SQL_SUCCEEDED(SQLDataSourcesW(environment, direction, name.data(), name.size(), &name_size,
                                       description.data(), description.size(), &description_size))) {
    direction = SQL_FETCH_NEXT;
    names.push_back(utf8_of(name.data(), std::min<size_t>(static_cast<size_t>(name_size), name.size() - 1)));
  }
  return names;
}

std::string choose_driver(const Target& target, const std::vector<InstalledDriver>& installed) {
  const std::vector<std::string_view> known = well_known_drivers(target.dialect);
  for (const std::string_view name : known)
    for (const InstalledDriver& each : installed)
      if (each.name == name) return each.name;
  const std::string what = known.empty() ? "the URL names neither an ODBC driver nor a data source"
                                         : "no ODBC driver for \"" + target.dialect + "\" is installed";
  throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_INTERFACE,
                    what + "; installed are: " + names_of(installed))
      .with_hint(std::string(install_hint(target.dialect)));
}

std::string why_not_loadable(std::string_view library) {
  const std::string path = found_library(library);
  // One that can be loaded stays: unloading what has begun threads is not safe.
  if (dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL) != nullptr) return {};
  const char* reason = dlerror();
  return reason == nullptr ? path + " cannot be loaded" : reason;
}

DriverError explained(DriverError error, const Target& target, std::string_view driver, SQLHENV environment) {
  if (error.message.starts_with("Can't open lib")) {
    const std::vector<InstalledDriver> installed = installed_drivers(environment);
    const auto known = std::find_if(installed.begin(), installed.end(),
                                    [&](const InstalledDriver& each) { return each.name == driver; });
    const bool is_path = driver.find('/') != std::string_view::npos;
    error.category = PSA_CATEGORY_INTERFACE;
    if (known == installed.end() && !is_path && !driver.empty()) {
      error.message =
          "there is no ODBC driver \"" + std::string(driver) + "\"; installed are: " + names_of(installed);
      return error.with_hint(std::string(install_hint(target.dialect)));
    }
    // The driver manager says "file not found" whatever is wrong: it named the library that it tried.
    std::string library(is_path ? driver : known == installed.end() ? "" : std::string_view(known->library));
    if (library.empty()) {
      const size_t begin = error.message.find('\''), end = error.message.rfind('\'');
      if (begin < end) library = error.message.substr(begin + 1, end - begin - 1);
    }
    if (const std::string why = why_not_loadable(library); !why.empty()) {
      error.message = "the ODBC driver \"" + (driver.empty() ? library : std::string(driver)) +
                      "\" cannot be loaded: " + why;
      error.with_hint("install the package that holds the library named here");
    }
    return error;
  }
  if (error.sqlstate == "IM002") {
    error.category = PSA_CATEGORY_INTERFACE;
    if (!target.dsn.empty())
      error.message = "there is no ODBC data source \"" + target.dsn +
                      "\"; there are: " + joined(data_sources(environment));
    return error.with_hint(
        "data sources stand in /etc/odbc.ini and ~/.odbc.ini (ODBCINI, ODBCSYSINI); without "
        "one, name a driver: ?driver=NAME");
  }
  return error;
}

}  // namespace psa::odbc
