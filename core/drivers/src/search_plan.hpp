#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>

namespace prefect_sqlalchemy {

/// All that decides where plugins are looked for, gathered so that deciding needs no process.
struct SearchEnvironment {
  bool privileged = false;  ///< set-user-id or alike: environment and home are not to be believed
  std::vector<std::filesystem::path> application_folders;
  std::optional<std::string> driver_path;      ///< PREFECT_SQLALCHEMY_DRIVER_PATH
  std::optional<std::string> add_driver_path;  ///< PREFECT_SQLALCHEMY_ADD_DRIVER_PATH
  std::optional<std::string> xdg_data_home;    ///< XDG_DATA_HOME
  std::optional<std::string> home;             ///< HOME
  bool application_forbids_dynamic = false;
  std::optional<std::filesystem::path> application_allowlist;
  std::optional<std::string> no_dynamic_drivers;  ///< PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS
  std::optional<std::string> allowlist;           ///< PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST
  std::optional<std::string> loader_debug;        ///< PREFECT_SQLALCHEMY_LOADER_DEBUG
  std::filesystem::path core_folder;              ///< where the core library's file is; may be empty
  std::filesystem::path compiled_folder;          ///< the plugin folder of the installation; may be empty
};

struct FolderToSearch {
  std::filesystem::path path;
  std::string origin;  ///< who named it
};

struct SearchPlan {
  std::vector<FolderToSearch> folders;  ///< in order, each once
  std::vector<std::string> ignored;     ///< variables that are set and not believed
  std::vector<SeenVariable> variables;  ///< all that are set
  std::vector<std::filesystem::path> allowlists;
  std::string switched_off;  ///< who allows only drivers linked into the program; then there are no folders
  bool debug = false;        ///< whether searches are to be logged
};

/// The environment of this process now; what the application says is left out.
SearchEnvironment current_environment();

/// The folders in the order of the search: the application's; PREFECT_SQLALCHEMY_ADD_DRIVER_PATH's; then
/// PREFECT_SQLALCHEMY_DRIVER_PATH's alone or, without it, the user's, the one beside the core library and
/// the compiled-in one. An empty variable counts as unset, and a switch that is "0" too.
SearchPlan plan_search(const SearchEnvironment& environment);

}  // namespace prefect_sqlalchemy
