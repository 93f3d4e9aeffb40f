// psa: statements, tables, blocks, runs and drivers from the command line.
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>

#include "commands.hpp"

namespace psa_cli {
namespace {

void add_commands(CLI::App& app) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "psa " + std::string(prefect_sqlalchemy::version()));
  app.footer(
      "A DATABASE is a URL (sqlite:///shop.db), the name of a saved block, or env:NAME, the URL in an\n"
      "environment variable. Where it is left out, PSA_URL names it. Others on the machine can see a "
      "password\n"
      "that stands in a command's arguments: use a block, the environment, --ask-password or "
      "--password-stdin.\n"
      "Exit codes: 0 well, 1 the database or the store failed, 2 wrong usage. More: man psa");
  add_query_command(app);
  add_tables_command(app);
  add_describe_command(app);
  add_copy_command(app);
  add_block_command(app);
  add_runs_command(app);
  add_deploy_command(app);
  add_drivers_command(app);
  add_doctor_command(app);
  add_completion_command(app);
}

int report(const char* message, int code) {
  std::cout.flush();
  std::cerr << "psa: " << message << '\n';
  return code;
}

int run(int count, char** arguments) {
  CLI::App app{"Databases, blocks, runs and drivers of prefect-sqlalchemy", "psa"};
  try {
    add_commands(app);
    app.parse(count, arguments);
    std::cout.flush();
    if (!std::cout) return report("standard output cannot be written", exit_failure);
    return 0;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : exit_usage;
  } catch (const Failed&) {
    return exit_failure;
  } catch (const UsageError& error) {
    return report(error.what(), exit_usage);
  } catch (const prefect_sqlalchemy::ArgumentError& error) {
    return report(error.what(), exit_usage);
  } catch (const prefect_sqlalchemy::StatementError& error) {
    return report(error.what(), exit_usage);
  } catch (const std::exception& error) {
    return report(error.what(), exit_failure);
  }
}

}  // namespace
}  // namespace psa_cli

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);  // rows are written fast
  return psa_cli::run(count, arguments);
}
