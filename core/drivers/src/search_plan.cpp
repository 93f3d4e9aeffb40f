#include "search_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

namespace prefect_sqlalchemy {
namespace {

namespace fs = std::filesystem;

constexpr const char* driver_path_variable = "PREFECT_SQLALCHEMY_DRIVER_PATH";
constexpr const char* add_driver_path_variable = "PREFECT_SQLALCHEMY_ADD_DRIVER_PATH";
constexpr const char* no_dynamic_variable = "PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS";
constexpr const char* allowlist_variable = "PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST";
constexpr const char* debug_variable = "PREFECT_SQLALCHEMY_LOADER_DEBUG";
constexpr const char* plugins_below = "prefect-sqlalchemy/drivers";

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

// The folder of the file that this very code is in: the core library, or a program it is linked into.
fs::path folder_of_this_code() {
  static const char here = 0;
  Dl_info info{};
  if (::dladdr(&here, &info) == 0 || !info.dli_fname) return {};
  fs::path file = info.dli_fname;
  const auto* header = static_cast<const ElfW(Ehdr)*>(info.dli_fbase);
  const auto program_headers = reinterpret_cast<std::uintptr_t>(info.dli_fbase) + header->e_phoff;
  std::error_code error;
  // For the program itself the loader knows only argv[0], which anyone may set.
  if (program_headers == ::getauxval(AT_PHDR)) file = fs::read_symlink("/proc/self/exe", error);
  if (error || !file.is_absolute()) return {};
  file = fs::canonical(file, error);
  return error ? fs::path() : file.parent_path();
}

std::vector<fs::path> split(std::string_view path_list) {
  std::vector<fs::path> folders;
  while (!path_list.empty()) {
    const auto end = std::min(path_list.find(':'), path_list.size());
    // An empty element would mean the current folder, which is never searched.
    if (end > 0) folders.emplace_back(path_list.substr(0, end));
    path_list.remove_prefix(std::min(end + 1, path_list.size()));
  }
  return folders;
}

void add(SearchPlan& plan, const fs::path& folder, const std::string& origin) {
  const auto identity_of = [](const fs::path& path) {
    std::error_code error;
    const auto plain = (path / "").lexically_normal();  // with and without a slash at the end are one
    auto canonical = path.is_absolute() ? fs::weakly_canonical(plain, error) : plain;
    return error ? plain : canonical;
  };
  const auto wanted = identity_of(folder);
  const bool known = std::any_of(plan.folders.begin(), plan.folders.end(), [&](const FolderToSearch& other) {
    return identity_of(other.path) == wanted;
  });
  if (!known) plan.folders.push_back({folder, origin});
}

// The per-user folder of the XDG specification, which says that relative values are to be ignored.
fs::path user_folder(const SearchEnvironment& environment) {
  if (environment.xdg_data_home && fs::path(*environment.xdg_data_home).is_absolute()) {
    return *environment.xdg_data_home / fs::path(plugins_below);
  }
  if (!environment.home || !fs::path(*environment.home).is_absolute()) return {};
  return *environment.home / fs::path(".local/share") / plugins_below;
}

using Variables = std::vector<std::pair<const char*, std::optional<std::string> SearchEnvironment::*>>;

const Variables& all_variables() {
  static const Variables variables = {{driver_path_variable, &SearchEnvironment::driver_path},
                                      {add_driver_path_variable, &SearchEnvironment::add_driver_path},
                                      {no_dynamic_variable, &SearchEnvironment::no_dynamic_drivers},
                                      {allowlist_variable, &SearchEnvironment::allowlist},
                                      {debug_variable, &SearchEnvironment::loader_debug},
                                      {"XDG_DATA_HOME", &SearchEnvironment::xdg_data_home},
                                      {"HOME", &SearchEnvironment::home}};
  return variables;
}

bool is_on(const std::optional<std::string>& variable) { return variable && *variable != "0"; }

// Why a variable that is believed decides nothing; empty if it does.
std::string without_effect(std::string_view name, const SearchEnvironment& environment,
                           const SearchPlan& plan) {
  if (name == no_dynamic_variable || name == debug_variable) {
    const auto& value = name == debug_variable ? environment.loader_debug : environment.no_dynamic_drivers;
    return is_on(value) ? "" : "0 switches it off";
  }
  if (!plan.switched_off.empty()) return "no plugin is loaded: " + plan.switched_off;
  const bool home = name == "HOME";
  if (!home && name != "XDG_DATA_HOME") return {};
  if (environment.driver_path) return std::string(driver_path_variable) + " takes its place";
  if (home && environment.xdg_data_home && fs::path(*environment.xdg_data_home).is_absolute()) {
    return "XDG_DATA_HOME takes its place";
  }
  const auto& value = home ? environment.home : environment.xdg_data_home;
  return fs::path(*value).is_absolute() ? "" : "it is not an absolute path";
}

SearchEnvironment without_what_is_not_believed(SearchEnvironment environment, SearchPlan& plan) {
  if (!environment.privileged) return environment;
  for (const auto& [name, member] : all_variables()) {
    const auto value = std::exchange(environment.*member, std::nullopt);
    if (!value) continue;
    plan.ignored.emplace_back(name);
    plan.variables.push_back({name, *value, "the process is privileged"});
  }
  return environment;
}

void plan_folders(SearchPlan& plan, const SearchEnvironment& environment) {
  for (const auto& folder : environment.application_folders) add(plan, folder, "application");
  for (const auto& folder : split(environment.add_driver_path.value_or(""))) {
    add(plan, folder, add_driver_path_variable);
  }
  if (environment.driver_path) {
    for (const auto& folder : split(*environment.driver_path)) add(plan, folder, driver_path_variable);
    return;
  }
  const auto user = user_folder(environment);
  if (!user.empty()) add(plan, user, "user");
  if (!environment.core_folder.empty())
    add(plan, environment.core_folder / plugins_below, "beside the library");
  if (!environment.compiled_folder.empty()) add(plan, environment.compiled_folder, "compiled in");
}

}  // namespace

SearchEnvironment current_environment() {
  static const fs::path core_folder = folder_of_this_code();
  SearchEnvironment environment;
  environment.privileged = ::getauxval(AT_SECURE) != 0;
  for (const auto& [name, member] : all_variables()) environment.*member = variable(name);
  environment.core_folder = core_folder;
  environment.compiled_folder = PREFECT_SQLALCHEMY_DRIVER_DIR;
  return environment;
}

SearchPlan plan_search(const SearchEnvironment& given) {
  SearchPlan plan;
  const auto environment = without_what_is_not_believed(given, plan);
  plan.debug = is_on(environment.loader_debug);
  if (environment.application_forbids_dynamic) {
    plan.switched_off = "the application forbids it";
  } else if (is_on(environment.no_dynamic_drivers)) {
    plan.switched_off = std::string(no_dynamic_variable) + " is set";
  } else {
    if (environment.application_allowlist) plan.allowlists.push_back(*environment.application_allowlist);
    if (environment.allowlist) plan.allowlists.emplace_back(*environment.allowlist);
    plan_folders(plan, environment);
  }
  for (const auto& [name, member] : all_variables()) {
    if (const auto& value = environment.*member) {
      plan.variables.push_back({name, *value, without_effect(name, environment, plan)});
    }
  }
  return plan;
}

}  // namespace prefect_sqlalchemy
