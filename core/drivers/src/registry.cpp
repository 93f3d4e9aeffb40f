#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "discovery.hpp"
#include "library.hpp"
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
  std::vector<std::string> ignored;
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
    examine(plugin);
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
  report.ignored = std::move(inventory.ignored);
  report.install_hint = install_hint(report);
  return report;
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
    auto report = narrow(take_inventory(), name);
    if (report.candidates.empty()) throw MissingDriverError(std::move(report));
    auto& first = report.candidates.front();
    try {
      if (!first.reason.empty()) throw Refusal(first.reason, first.reinstall);
      auto driver = std::make_unique<Driver>(std::string(name), load(first, name));
      return *drivers_.emplace(std::string(name), std::move(driver)).first->second;
    } catch (const Refusal& refusal) {
      first.reason = refusal.what();
      first.reinstall = refusal.reinstall();
      report.install_hint = install_hint(report);
      throw MissingDriverError(std::move(report));
    }
  }

  DriverReport explain(std::string_view name) {
    check_driver_name(name);
    const std::unique_lock lock(mutex_);
    return narrow(take_inventory(), name);
  }

  std::vector<DriverCandidate> list() {
    const std::unique_lock lock(mutex_);
    auto inventory = take_inventory();
    auto candidates = std::move(inventory.linked);
    for (auto& plugin : inventory.scan.plugins) {
      examine(plugin);
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
    auto plan = plan_search(current_environment(folders_));
    if (!plan.ignored.empty() && !std::exchange(ignoring_was_logged_, true)) {
      std::string variables;
      for (const auto& name : plan.ignored) variables += " " + name;
      log::warning("the process is privileged: looking for drivers ignores" + variables);
    }
    inventory.ignored = std::move(plan.ignored);
    inventory.scan = scan_folders(plan.folders);
    return inventory;
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
  std::vector<StaticDriver> linked_;
  std::map<std::string, std::unique_ptr<const LoadedPlugin>> plugins_;
  std::map<std::string, std::unique_ptr<const Driver>, std::less<>> drivers_;
  bool ignoring_was_logged_ = false;
};

}  // namespace

const Driver& find_driver(std::string_view name) { return Registry::instance().find(name); }

const psa_host& host() noexcept { return host_table(); }

void add_driver_folder(const std::filesystem::path& folder) { Registry::instance().add_folder(folder); }

void register_static_driver(std::vector<std::string> names, psa_driver_entry entry) {
  Registry::instance().add_static(std::move(names), entry);
}

std::vector<DriverCandidate> list_drivers() { return Registry::instance().list(); }

DriverReport explain_driver(std::string_view name) { return Registry::instance().explain(name); }

}  // namespace prefect_sqlalchemy
