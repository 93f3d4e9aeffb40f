// SPDX-License-Identifier: Apache-2.0
//
// psa-conformance: whether a driver plugin keeps the rules of docs/abi.md, seen from outside.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>

#include "context.hpp"
#include "report.hpp"
#include "runner.hpp"

namespace psa_conformance {
namespace {

constexpr int exit_usage = 2;

struct Arguments {
  std::string plugin, url, traits_file, report_file;
  std::vector<std::string> only;
  int time_limit = 60;
  bool all = false;
  bool list = false;
};

std::vector<Check> all_checks(const Traits& traits) {
  std::vector<Check> checks;
  add_binary_checks(checks);
  add_option_checks(checks);
  add_connection_checks(checks);
  add_capability_checks(checks);
  add_statement_checks(checks);
  add_result_checks(checks);
  add_type_checks(checks, traits);
  add_text_checks(checks);
  add_parameter_checks(checks, traits);
  add_transaction_checks(checks);
  add_savepoint_checks(checks);
  add_error_checks(checks, traits);
  add_cancel_checks(checks);
  add_deadline_checks(checks);
  add_lifetime_checks(checks);
  add_thread_checks(checks);
  add_nonblocking_checks(checks);
  add_metadata_checks(checks);
  add_ingest_checks(checks);
  add_leak_checks(checks);
  return checks;
}

// Those whose operations wait run a second time on connections that were opened non-blocking.
void add_nonblocking_runs(std::vector<Check>& checks) {
  static const std::string areas =
      " connections statements results parameters transactions errors cancel deadlines lifetimes ";
  const std::size_t count = checks.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (areas.find(" " + checks[i].area + " ") == areas.npos) continue;
    Check again = checks[i];
    again.area += "-nonblocking";
    again.run = [run = again.run] {
      context().nonblocking = true;
      run();
    };
    checks.push_back(std::move(again));
  }
}

bool chosen(const Arguments& arguments, const Check& check) {
  if (arguments.only.empty()) return true;
  for (const auto& each : arguments.only)
    if (each == check.area || each == check.full_name()) return true;
  return false;
}

std::string url_of(const std::string& given) {
  constexpr std::string_view prefix = "env:";
  if (!given.starts_with(prefix)) return given;
  const char* value = std::getenv(given.c_str() + prefix.size());
  if (value == nullptr || *value == '\0')
    throw std::runtime_error("the environment variable " + given.substr(prefix.size()) + " is not set");
  return value;
}

// Beside the program, as both are installed: ../share/prefect-sqlalchemy/conformance/NAME.json.
std::filesystem::path traits_beside_program(const std::string& plugin) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto file = program.parent_path().parent_path() / PSA_CONFORMANCE_TRAITS_FOLDER / (plugin + ".json");
  return std::filesystem::exists(file, error) ? file : std::filesystem::path();
}

void check_excuses(const std::vector<Check>& checks, const Traits& traits) {
  for (const auto& name : traits.excused()) {
    const bool known = std::any_of(checks.begin(), checks.end(),
                                   [&](const Check& check) { return check.full_name() == name; });
    if (!known) throw std::runtime_error("the traits excuse " + name + ", which is no check: see --list");
  }
}

void run_checks(const Arguments& arguments, const std::vector<Check>& checks, Report& report) {
  Runner runner{std::chrono::seconds(arguments.time_limit)};
  report.facts = runner.load();
  for (const Check& check : checks) {
    if (!chosen(arguments, check)) continue;
    if (!report.facts.loaded && check.area != "binary") continue;
    const std::string excuse = traits().excuse(check.full_name()).value_or(check.excuse);
    if (!excuse.empty()) {
      report.findings.push_back(
          {check.area, check.name, check.rules, check.about, Level::excused, "", excuse, 0});
      continue;
    }
    report.findings.push_back(runner.run(check));
  }
  for (Finding& each : runner.edge_findings()) report.findings.push_back(std::move(each));
}

int run(const Arguments& arguments) {
  Context& run = context();
  if (arguments.list) {
    std::vector<Check> checks = all_checks({});
    add_nonblocking_runs(checks);
    for (const Check& check : checks)
      std::cout << check.full_name() << " (" << check.rules << "): " << check.about << '\n';
    return 0;
  }
  run.plugin = PluginFile::read(arguments.plugin);
  run.url = prefect_sqlalchemy::make_url(url_of(arguments.url));
  Report report;
  auto traits_file = std::filesystem::path(arguments.traits_file);
  if (traits_file.empty()) traits_file = traits_beside_program(run.plugin.library.stem().string());
  if (!traits_file.empty()) run.traits = Traits::read(traits_file);
  report.library = run.plugin.library.string();
  report.driver_name = run.url.drivername;
  report.traits_file = traits_file.string();
  std::vector<Check> checks = all_checks(run.traits);
  if (run.plugin.identity && (run.plugin.identity->capabilities & PSA_CAP_NONBLOCKING) != 0)
    add_nonblocking_runs(checks);
  check_excuses(checks, run.traits);
  std::ofstream file;
  if (!arguments.report_file.empty()) {
    file.open(arguments.report_file);
    if (!file) throw std::runtime_error(arguments.report_file + " cannot be written");
  }
  run_checks(arguments, checks, report);
  report.print(std::cout, arguments.all);
  std::cout.flush();
  if (file.is_open()) {
    file << report.json() << '\n';
    file.close();
    if (!file) throw std::runtime_error(arguments.report_file + " could not be written");
  }
  return report.passes() ? 0 : 1;
}

int parse_and_run(int count, char** words) {
  Arguments arguments;
  CLI::App app{"Checks whether a driver plugin keeps the rules of the driver interface", "psa-conformance"};
  app.set_version_flag("--version", "psa-conformance " + std::string(prefect_sqlalchemy::version()));
  auto* plugin =
      app.add_option("plugin", arguments.plugin, "The plugin: NAME.so, its manifest NAME.json beside it")
          ->type_name("PLUGIN.so")
          ->check(CLI::ExistingFile);
  auto* url =
      app.add_option("--url", arguments.url,
                     "The database to run on, or env:NAME, the URL in an environment variable. Tables\n"
                     "named psa_conformance... are made in it and dropped")
          ->type_name("URL");
  app.add_option(
         "--traits", arguments.traits_file,
         "What the database speaks; by default the file of the plugin's name that came with this program")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--report", arguments.report_file, "Writes the report as JSON, too")->type_name("FILE");
  app.add_option("--only", arguments.only,
                 "Only this area (\"cancel\") or check (\"cancel.idle\"); several may be given")
      ->type_name("NAME");
  app.add_option("--time-limit", arguments.time_limit, "Seconds after which a check has failed")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_flag("--all", arguments.all, "Prints the checks that pass, too");
  app.add_flag("--list", arguments.list, "Prints every check with its rules, and runs none");
  app.footer("Exit codes: 0 nothing fails, 1 something does, 2 wrong usage. More: man psa-conformance");
  try {
    app.parse(count, words);
    if (!arguments.list && (plugin->empty() || url->empty()))
      throw CLI::ValidationError("a plugin and --url are needed");
    return run(arguments);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "psa-conformance: " << error.what() << '\n';
    return exit_usage;
  }
}

}  // namespace
}  // namespace psa_conformance

int main(int count, char** words) { return psa_conformance::parse_and_run(count, words); }
