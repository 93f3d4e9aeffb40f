#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <system_error>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "allowlist.hpp"
#include "discovery.hpp"
#include "library.hpp"
#include "library_needs.hpp"
#include "refusal.hpp"
#include "search_plan.hpp"

namespace prefect_sqlalchemy {
namespace {

struct StaticDriver {
  std::vector<std::string> names;
  psa_driver_entry entry;
};

DriverCandidate candidate_of(const StaticDriver& driver) {
  DriverCandidate candidate;
  candidate.plugin = driver.names.front();
  candidate.drivers = driver.names;
  return candidate;
}

// Everything the search sees, before it is narrowed to one name.
struct Inventory {
  std::vector<DriverCandidate> linked;
  Scan scan;
  SearchPlan plan;
  std::vector<Allowlist> allowlists;
};

std::vector<std::string> all_names(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const auto& known : known_drivers()) names.emplace_back(known.name);
  for (const auto& linked : inventory.linked) {
    names.insert(names.end(), linked.drivers.begin(), linked.drivers.end());
  }
  for (const auto& plugin : inventory.scan.plugins) {
    names.insert(names.end(), plugin.candidate.drivers.begin(), plugin.candidate.drivers.end());
  }
  return names;
}

// Only packages that are known by name are offered: for a third party's driver nothing is made up.
std::string install_hint(const DriverReport& report) {
  if (!report.switched_off.empty()) return {};
  const auto known = package_of_driver(report.name);
  if (report.candidates.empty()) return known ? "apt install " + *known : std::string();
  const auto& first = report.candidates.front();
  if (first.reason.empty() || !first.reinstall) return {};
  const auto package = first.package.empty() ? known.value_or("") : first.package;
  return package.empty() ? std::string() : "apt install --reinstall " + package;
}

DriverReport narrow(Inventory inventory, std::string_view name) {
  DriverReport report;
  report.name = name;
  for (const auto& linked : inventory.linked) {
    if (std::find(linked.drivers.begin(), linked.drivers.end(), name) != linked.drivers.end()) {
      report.candidates.push_back(linked);
    }
  }
  for (auto& plugin : inventory.scan.plugins) {
    if (!serves(plugin, name)) continue;
    examine(plugin, inventory.allowlists);
    report.candidates.push_back(plugin.candidate);
  }
  if (!inventory.linked.empty()) {
    SearchedFolder linked{{}, "program", {}, {}};
    for (const auto& candidate : inventory.linked) linked.plugins.push_back(candidate.plugin);
    report.folders.push_back(std::move(linked));
  }
  if (report.candidates.empty() && !plugin_of_driver(name))
    report.near_matches = near_matches(name, all_names(inventory));
  for (auto& folder : inventory.scan.folders) report.folders.push_back(std::move(folder));
  report.ignored = std::move(inventory.plan.ignored);
  report.variables = std::move(inventory.plan.variables);
  report.allowlists = std::move(inventory.plan.allowlists);
  report.switched_off = std::move(inventory.plan.switched_off);
  report.install_hint = install_hint(report);
  return report;
}

void look_for_missing_libraries(DriverCandidate& candidate) {
  if (candidate.library.empty()) return;
  std::error_code error;
  const auto library = std::filesystem::canonical(candidate.library, error);
  if (!error) candidate.missing_libraries = missing_libraries(library);
}

std::string refusal_for_missing(const std::vector<MissingLibrary>& missing) {
  std::string names;
  for (const auto& library : missing) names += (names.empty() ? "" : ", ") + library.name;
  return "cannot be loaded: " + names + (missing.size() == 1 ? " is" : " are") + " not installed";
}

// Never destroyed: drivers are asked for while other static objects end.
class Registry {
 public:
  static Registry& instance() {
    static auto& registry = *new Registry();
    return registry;
  }

  const Driver& find(std::string_view name) {
    check_driver_name(name);
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = drivers_.find(name); found != drivers_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    if (const auto found = drivers_.find(name); found != drivers_.end()) return *found->second;
    auto inventory = take_inventory();
    const bool debug = inventory.plan.debug;
    auto report = narrow(std::move(inventory), name);
    try {
      const auto& driver = load_first(report, name);
      if (debug) log::requested(report.explanation());
      return driver;
    } catch (const Refusal& refusal) {
      if (!report.candidates.empty()) {
        auto& first = report.candidates.front();
        first.reason = refusal.what();
        first.reinstall = refusal.reinstall();
        look_for_missing_libraries(first);
        report.install_hint = install_hint(report);
      }
      if (debug) log::requested(report.explanation());
      throw MissingDriverError(std::move(report));
    }
  }

  DriverReport explain(std::string_view name) {
    check_driver_name(name);
    const std::unique_lock lock(mutex_);
    auto report = narrow(take_inventory(), name);
    for (auto& candidate : report.candidates) {
      look_for_missing_libraries(candidate);
      if (!candidate.reason.empty() || candidate.missing_libraries.empty()) continue;
      candidate.reason = refusal_for_missing(candidate.missing_libraries);
      candidate.reinstall = true;
    }
    report.install_hint = install_hint(report);
    return report;
  }

  std::vector<DriverCandidate> list() {
    const std::unique_lock lock(mutex_);
    auto inventory = take_inventory();
    auto candidates = std::move(inventory.linked);
    for (auto& plugin : inventory.scan.plugins) {
      examine(plugin, inventory.allowlists);
      candidates.push_back(std::move(plugin.candidate));
    }
    return candidates;
  }

  void add_folder(const std::filesystem::path& folder) {
    if (!folder.is_absolute()) {
      throw ArgumentError("the driver folder \"" + folder.string() + "\" is not an absolute path");
    }
    const std::unique_lock lock(mutex_);
    folders_.push_back(folder);
  }

  void set_allowlist(const std::filesystem::path& file) {
    if (!file.is_absolute()) {
      throw ArgumentError("the allow-list \"" + file.string() + "\" is not an absolute path");
    }
    const std::unique_lock lock(mutex_);
    allowlist_ = file;
  }

  void forbid_dynamic() {
    const std::unique_lock lock(mutex_);
    forbids_dynamic_ = true;
  }

  void add_static(std::vector<std::string> names, psa_driver_entry entry) {
    if (names.empty() || !entry) throw ArgumentError("a static driver needs a name and an entry function");
    for (const auto& name : names) check_driver_name(name);
    const std::unique_lock lock(mutex_);
    std::erase_if(names, [&](const std::string& name) {
      const auto* other = linked_driver(name);
      return other && other->entry == entry;
    });
    if (names.empty()) return;
    for (const auto& name : names) {
      if (linked_driver(name)) throw ArgumentError("the driver name \"" + name + "\" is registered twice");
      if (drivers_.contains(name)) {
        throw ArgumentError("the driver \"" + name + "\" is in use; register static drivers before that");
      }
    }
    linked_.push_back({std::move(names), entry});
  }

 private:
  const StaticDriver* linked_driver(std::string_view name) const {
    for (const auto& driver : linked_) {
      if (std::find(driver.names.begin(), driver.names.end(), name) != driver.names.end()) return &driver;
    }
    return nullptr;
  }

  Inventory take_inventory() {
    Inventory inventory;
    for (const auto& driver : linked_) inventory.linked.push_back(candidate_of(driver));
    auto environment = current_environment();
    environment.application_folders = folders_;
    environment.application_allowlist = allowlist_;
    environment.application_forbids_dynamic = forbids_dynamic_;
    inventory.plan = plan_search(environment);
    if (!inventory.plan.ignored.empty() && !std::exchange(ignoring_was_logged_, true)) {
      std::string variables;
      for (const auto& name : inventory.plan.ignored) variables += " " + name;
      log::warning("the process is privileged: looking for drivers ignores" + variables);
    }
    for (const auto& file : inventory.plan.allowlists) inventory.allowlists.emplace_back(file);
    inventory.scan = scan_folders(inventory.plan.folders);
    return inventory;
  }

  // @throws Refusal  nothing serves the name (then there are no candidates), or the first cannot be used
  const Driver& load_first(const DriverReport& report, std::string_view name) {
    if (report.candidates.empty()) throw Refusal("");
    const auto& first = report.candidates.front();
    if (!first.reason.empty()) throw Refusal(first.reason, first.reinstall);
    auto driver = std::make_unique<Driver>(std::string(name), load(first, name));
    return *drivers_.emplace(std::string(name), std::move(driver)).first->second;
  }

  const LoadedPlugin& load(const DriverCandidate& candidate, std::string_view name) {
    const bool linked = candidate.library.empty();
    const auto key =
        linked ? "static " + candidate.plugin : std::filesystem::canonical(candidate.library).string();
    if (const auto found = plugins_.find(key); found != plugins_.end()) return *found->second;
    auto plugin = call_entry(linked ? linked_driver(name)->entry : open_library(key));
    if (!linked) {
      plugin.library = key;
      if (plugin.name != candidate.plugin) {
        throw Refusal("its table says its name is " + plugin.name + ", its identity " + candidate.plugin);
      }
    }
    auto kept = std::make_unique<const LoadedPlugin>(std::move(plugin));
    return *plugins_.emplace(key, std::move(kept)).first->second;
  }

  std::shared_mutex mutex_;  // guards all that follows, and loading
  std::vector<std::filesystem::path> folders_;
  std::optional<std::filesystem::path> allowlist_;
  bool forbids_dynamic_ = false;
  std::vector<StaticDriver> linked_;
  std::map<std::string, std::unique_ptr<const LoadedPlugin>> plugins_;
  std::map<std::string, std::unique_ptr<const Driver>, std::less<>> drivers_;
  bool ignoring_was_logged_ = false;
};

}  // namespace

const Driver& find_driver(std::string_view name) { return Registry::instance().find(name); }

const psa_host& host() noexcept { return host_table(); }

void add_driver_folder(const std::filesystem::path& folder) { Registry::instance().add_folder(folder); }

void set_driver_allowlist(const std::filesystem::path& file) { Registry::instance().set_allowlist(file); }

void forbid_dynamic_drivers() { Registry::instance().forbid_dynamic(); }

void register_static_driver(std::vector<std::string> names, psa_driver_entry entry) {
  Registry::instance().add_static(std::move(names), entry);
}

std::vector<DriverCandidate> list_drivers() { return Registry::instance().list(); }

DriverReport explain_driver(std::string_view name) { return Registry::instance().explain(name); }

}  // namespace prefect_sqlalchemy
