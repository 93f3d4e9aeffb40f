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

SearchEnvironment without_what_is_not_believed(SearchEnvironment environment,
                                               std::vector<std::string>& ignored) {
  if (!environment.privileged) return environment;
  const auto drop = [&](std::optional<std::string>& value, const char* name) {
    if (std::exchange(value, std::nullopt)) ignored.emplace_back(name);
  };
  drop(environment.driver_path, driver_path_variable);
  drop(environment.add_driver_path, add_driver_path_variable);
  drop(environment.xdg_data_home, "XDG_DATA_HOME");
  drop(environment.home, "HOME");
  return environment;
}

}  // namespace

SearchEnvironment current_environment(std::vector<fs::path> application_folders) {
  static const fs::path core_folder = folder_of_this_code();
  SearchEnvironment environment;
  environment.privileged = ::getauxval(AT_SECURE) != 0;
  environment.application_folders = std::move(application_folders);
  environment.driver_path = variable(driver_path_variable);
  environment.add_driver_path = variable(add_driver_path_variable);
  environment.xdg_data_home = variable("XDG_DATA_HOME");
  environment.home = variable("HOME");
  environment.core_folder = core_folder;
  environment.compiled_folder = PREFECT_SQLALCHEMY_DRIVER_DIR;
  return environment;
}

SearchPlan plan_search(const SearchEnvironment& given) {
  SearchPlan plan;
  const auto environment = without_what_is_not_believed(given, plan.ignored);
  for (const auto& folder : environment.application_folders) add(plan, folder, "application");
  for (const auto& folder : split(environment.add_driver_path.value_or(""))) {
    add(plan, folder, add_driver_path_variable);
  }
  if (environment.driver_path) {
    for (const auto& folder : split(*environment.driver_path)) add(plan, folder, driver_path_variable);
    return plan;
  }
  const auto user = user_folder(environment);
  if (!user.empty()) add(plan, user, "user");
  if (!environment.core_folder.empty())
    add(plan, environment.core_folder / plugins_below, "beside the library");
  if (!environment.compiled_folder.empty()) add(plan, environment.compiled_folder, "compiled in");
  return plan;
}

}  // namespace prefect_sqlalchemy
