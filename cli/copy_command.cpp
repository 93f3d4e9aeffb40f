#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>

#include "commands.hpp"
#include "copy_rows.hpp"
#include "database_argument.hpp"
#include "parameter_text.hpp"
#include "progress.hpp"
#include "usage.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Connection;
using Mode = prefect_sqlalchemy::IngestOptions::Mode;

struct CopyOptions {
  std::vector<std::string> from, to;
  std::vector<std::string> parameters;
  std::string schema;
  Mode mode = Mode::append;
  bool count = false;
};

std::int64_t count_rows(Connection& source, const std::string& statement,
                        const prefect_sqlalchemy::Parameters& parameters) {
  auto result = source.execute("SELECT count(*) FROM (" + statement + ") AS counted", parameters);
  return result.scalar<std::int64_t>().value_or(-1);
}

void run_copy(const CopyOptions& options) {
  const auto parameters = parse_parameters(options.parameters);
  auto from = DatabaseArgument{.text = options.from[0]}.engine();
  auto to = DatabaseArgument{.text = options.to[0]}.engine();
  const auto& statement = options.from[1];
  Connection source = from.connect();
  Connection target = to.connect();
  const auto total = options.count ? count_rows(source, statement, parameters) : -1;
  Progress progress("copied", total);
  auto rows = source.execute(statement, parameters);
  if (!rows.returns_rows()) throw UsageError("the statement of --from gives no rows");
  const auto copied = copy_rows(std::move(rows), target,
                                {options.to[1], {.mode = options.mode, .schema = options.schema}}, progress);
  source.commit();
  progress.clear();
  std::cerr << counted(copied) << " copied\n";
}

}  // namespace

void add_copy_command(CLI::App& app) {
  const std::map<std::string, Mode> modes{
      {"append", Mode::append}, {"create", Mode::create}, {"replace", Mode::replace}};
  auto options = std::make_shared<CopyOptions>();
  auto* command =
      app.add_subcommand("copy", "Copy the rows of a statement into a table, of any database to any other");
  set_usage(*command, "psa copy [OPTIONS] --from DATABASE SQL --to DATABASE TABLE");
  command->add_option("--from", options->from, "The database to read, and the statement")
      ->required()
      ->expected(2)
      ->type_name("DATABASE SQL");
  command->add_option("--to", options->to, "The database to write, and the table")
      ->required()
      ->expected(2)
      ->type_name("DATABASE TABLE");
  command->add_option("--mode", options->mode, "append to a table that is there, create it, or replace it")
      ->transform(CLI::CheckedTransformer(modes))
      ->type_name("MODE");
  command->add_option("--schema", options->schema, "The table's schema; the session's default if left out");
  command
      ->add_option("-p,--parameter", options->parameters,
                   "A parameter, name=value or name:=json; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--count", options->count, "Count the rows first, for a bar that knows its end");
  command->callback([options] { run_copy(*options); });
}

}  // namespace psa_cli
