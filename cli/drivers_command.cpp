#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "commands.hpp"
#include "display_width.hpp"
#include "driver_json.hpp"
#include "terminal.hpp"
#include "text_table.hpp"

namespace psa_cli {
namespace {

void print_drivers(bool as_json) {
  const auto plugins = prefect_sqlalchemy::list_drivers();
  if (as_json) {
    boost::json::array all;
    for (const auto& plugin : plugins) all.push_back(candidate_json(plugin));
    std::cout << boost::json::serialize(all) << '\n';
    return;
  }
  if (plugins.empty()) std::cerr << "no driver plugin is installed; \"psa doctor\" says where was searched\n";
  for (const auto& plugin : plugins) {
    std::cout << printable(plugin.plugin) << ' ' << printable(plugin.version) << "  "
              << (plugin.library.empty() ? plugin.manifest : plugin.library).string() << '\n';
    for (const auto& driver : plugin.drivers) std::cout << "    " << driver << '\n';
    if (!plugin.reason.empty()) std::cout << "    cannot be used: " << printable(plugin.reason) << '\n';
  }
}

}  // namespace

void add_drivers_command(CLI::App& app) {
  auto as_json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("drivers", "List the driver plugins that are installed, loading none");
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([as_json] { print_drivers(*as_json); });
}

}  // namespace psa_cli
