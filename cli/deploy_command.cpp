#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <prefect.hpp>

#include "commands.hpp"
#include "usage.hpp"

namespace psa_cli {
namespace {

namespace json = boost::json;

struct DeployOptions {
  std::string target;
  std::vector<std::string> command;
  std::vector<std::string> parameters;
  std::vector<std::string> variables;
  prefect::Deployment deployment;
  std::string cron;
  bool run = false;
};

/// A word as a worker's split of the command gives it back.
std::string worker_word(const std::string& word) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
  return out + "'";
}

/// "name=value" in two. @throws UsageError
std::pair<std::string, std::string> split_pair(const std::string& text, const char* what) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    throw UsageError(std::string(what) + " is written NAME=VALUE");  // the value may be a secret
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// As psa query has them: name=value is JSON if it is a number, true, false or null, else a text; name:=json
/// is any JSON.
json::object flow_parameters(const std::vector<std::string>& texts) {
  json::object out;
  for (const std::string& text : texts) {
    auto [name, value] = split_pair(text, "a parameter");
    const bool any = name.ends_with(':');
    if (any) name.pop_back();
    boost::system::error_code error;
    json::value parsed = json::parse(value, error);
    if (any && error) throw UsageError("what follows " + name + ":= is no JSON");
    const bool taken = any || (!error && !parsed.is_string() && !parsed.is_structured());
    out[name] = taken ? std::move(parsed) : json::value(value);
  }
  return out;
}

void deploy(const DeployOptions& options) {
  prefect::Deployment deployment = options.deployment;
  const auto slash = options.target.find('/');
  if (slash == options.target.npos || slash == 0 || slash + 1 == options.target.size()) {
    throw UsageError("a deployment is named FLOW/NAME, as in customers/nightly");
  }
  deployment.flow_name = options.target.substr(0, slash);
  deployment.name = options.target.substr(slash + 1);
  const std::string& program = options.command.front();
  if (program.find('/') != program.npos && program.front() != '/' && deployment.working_directory.empty()) {
    throw UsageError(
        "give the program's full path, or --working-dir: a worker starts it in a folder of its own");
  }
  for (const std::string& word : options.command) {
    deployment.command += (deployment.command.empty() ? "" : " ") + worker_word(word);
  }
  deployment.parameters = flow_parameters(options.parameters);
  for (const std::string& variable : options.variables) {
    deployment.environment.insert(split_pair(variable, "an environment variable"));
  }
  if (!options.cron.empty()) deployment.cron = options.cron;
  if (!deployment.timezone.empty() && !deployment.cron) throw UsageError("--timezone is of --cron");
  const std::string id = prefect::create_deployment(deployment);
  std::cout << "deployment " << id << '\n';
  if (options.run) std::cout << "flow run " << prefect::run_deployment(id) << '\n';
}

void take_all(CLI::Option* option) {
  option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void add_deploy_command(CLI::App& app) {
  auto options = std::make_shared<DeployOptions>();
  auto& made = options->deployment;
  auto* command =
      app.add_subcommand("deploy", "Tell a Prefect server how workers start a program for a flow");
  set_usage(*command, "psa deploy [OPTIONS] --pool POOL FLOW/NAME -- PROGRAM [ARGUMENT]...");
  command->add_option("DEPLOYMENT", options->target, "FLOW/NAME; one that is there is changed")->required();
  command->add_option("PROGRAM", options->command, "What the worker runs, without a shell")->required();
  command->add_option("--pool", made.work_pool, "A work pool of the type process")->required();
  take_all(command->add_option("-p,--parameter", options->parameters,
                               "name=value or name:=json, for runs that give none of their own"));
  take_all(command->add_option("--env", options->variables, "name=value, in the program's environment"));
  take_all(command->add_option("--tag", made.tags, "A tag of the deployment's runs"));
  command->add_option("--working-dir", made.working_directory, "Else a new folder for each run");
  command->add_option("--description", made.description, "For people");
  command->add_option("--cron", options->cron, "A schedule: \"0 6 * * *\"");
  command->add_option("--timezone", made.timezone, "Of the schedule; UTC if left out");
  command->add_flag("--run", options->run, "Also start a run now");
  command->callback([options] { deploy(*options); });
}

}  // namespace psa_cli
