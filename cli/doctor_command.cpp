#include <algorithm>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy.hpp>

#include "commands.hpp"
#include "display_width.hpp"
#include "driver_json.hpp"
#include "load_trial.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::DriverReport;

struct DoctorOptions {
  std::string name;
  bool as_json = false;
  bool without_loading = false;
};

bool usable(const DriverReport& report) {
  return !report.candidates.empty() && report.candidates.front().reason.empty();
}

DriverReport examined(const std::string& name, const DoctorOptions& options) {
  auto report = prefect_sqlalchemy::explain_driver(name);
  if (!options.without_loading) try_to_load(report);
  return report;
}

/// One report for each plugin that is there, by the first name it serves.
std::vector<DriverReport> all_reports(const DoctorOptions& options) {
  std::vector<DriverReport> reports;
  for (const auto& plugin : prefect_sqlalchemy::list_drivers()) {
    reports.push_back(examined(plugin.drivers.empty() ? plugin.plugin : plugin.drivers.front(), options));
  }
  return reports;
}

void print_lines(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::cout << printable(std::string_view(text).substr(at, end - at)) << '\n';
    at = end + 1;
  }
}

void run_doctor(const DoctorOptions& options) {
  auto reports = options.name.empty() ? all_reports(options)
                                      : std::vector<DriverReport>{examined(options.name, options)};
  // What is searched is told even where nothing is there.
  if (reports.empty()) reports.push_back(prefect_sqlalchemy::explain_driver("sqlite"));
  if (options.as_json) {
    boost::json::array all;
    for (const auto& report : reports) all.push_back(report_json(report));
    std::cout << (options.name.empty() ? boost::json::serialize(all) : boost::json::serialize(all.front()))
              << '\n';
  } else {
    std::cout << "prefect-sqlalchemy " << prefect_sqlalchemy::version() << ", driver interface "
              << PSA_ABI_MAJOR << '.' << PSA_ABI_MINOR << '\n';
    for (const auto& report : reports) {
      std::cout << '\n';
      print_lines(report.explanation());
    }
  }
  for (const auto& report : reports) {
    if (!usable(report)) throw Failed{};
  }
}

}  // namespace

void add_doctor_command(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  auto* command = app.add_subcommand("doctor", "Explain why a driver is found or not, and what to install");
  command->add_option("DRIVER", options->name,
                      "A driver's name, postgresql+psycopg2; all that are installed if left out");
  command->add_flag("--json", options->as_json, "Print JSON");
  command->add_flag("--no-load", options->without_loading,
                    "Look at files alone, and run nothing of the plugin");
  command->callback([options] { run_doctor(*options); });
}

}  // namespace psa_cli
