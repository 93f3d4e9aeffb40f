#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>

#include "arrow_stream.hpp"
#include "commands.hpp"
#include "database_argument.hpp"
#include "parameter_text.hpp"
#include "progress.hpp"
#include "row_writer.hpp"
#include "terminal.hpp"
#include "usage.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::ArrowExportOptions;
using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::CursorResult;

struct QueryOptions {
  DatabaseArgument database;
  std::vector<std::string> words;
  std::string file;
  std::vector<std::string> parameters;
  std::string format;
  double timeout = 0;
};

std::string read_statement(QueryOptions& options) {
  if (!options.file.empty()) {
    if (options.words.size() > 1) throw UsageError("give the statement or --file, not both");
    if (!options.words.empty()) options.database.text = options.words.front();
    std::ifstream in(options.file);
    if (!in) throw UsageError("the file " + options.file + " cannot be read: " + std::strerror(errno));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  if (options.words.empty()) throw UsageError("no statement is given; \"-\" reads it from standard input");
  return take_last_word(options.words, options.database);
}

void write_rows(CursorResult& result, RowWriter& writer, Progress& progress) {
  writer.begin(result.keys());
  std::int64_t rows = 0;
  for (const auto& row : result) {
    writer.row(row);
    progress.update(++rows);
  }
  writer.end();
}

/// Where columns have no types, the first batch and the declaration give them some. Elsewhere nothing is to
/// be settled, and declared types are not SQLite's.
ArrowExportOptions arrow_options(const Connection& connection) {
  const bool untyped = connection.drivername().starts_with("sqlite");
  return {.unions = untyped, .settle_types = untyped};
}

void write_results(CursorResult& result, const Connection& connection, const std::string& format,
                   Progress& progress) {
  const auto writer = format == "arrow" ? nullptr : make_row_writer(format, progress);
  do {
    if (!result.returns_rows()) {
      writer ? writer->count(result.rowcount()) : tell_count(result.rowcount(), progress);
    } else if (writer) {
      write_rows(result, *writer, progress);
    } else {
      write_arrow_stream(result, arrow_options(connection), std::cout,
                         [&](std::int64_t rows) { progress.update(rows); });
    }
  } while (result.nextset());
}

void run_query(QueryOptions& options) {
  if (options.format == "arrow" && stdout_is_terminal()) {
    throw UsageError(
        "--format arrow writes bytes that no terminal can show; redirect it to a file: > rows.arrows");
  }
  auto statement = read_statement(options);
  const auto parameters = parse_parameters(options.parameters);
  auto engine = options.database.engine();
  // Behind the engine, which may take a line of standard input as the password.
  if (statement == "-") statement.assign(std::istreambuf_iterator<char>(std::cin), {});
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(options.timeout * 1000));
  Progress progress("read");
  Connection connection = engine.connect();
  CursorResult result = connection.execute(statement, parameters, {.timeout = timeout});
  write_results(result, connection, options.format, progress);
  connection.commit();
}

}  // namespace

void add_query_command(CLI::App& app) {
  auto options = std::make_shared<QueryOptions>();
  auto* command = app.add_subcommand("query", "Run a statement and print its rows");
  set_usage(*command, "psa query [OPTIONS] [DATABASE] SQL");
  command
      ->add_option("DATABASE_SQL", options->words,
                   std::string(database_help) + "; and the statement, \"-\" for standard input")
      ->expected(0, 2);
  command->add_option("--file", options->file, "Read the statement from a file");
  command
      ->add_option("-p,--parameter", options->parameters,
                   "A parameter, name=value or name:=json; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--timeout", options->timeout, "Seconds after which the statement is ended")
      ->check(CLI::NonNegativeNumber);
  add_format_option(*command, options->format);
  options->database.add_password_options(*command);
  command->callback([options] { run_query(*options); });
}

}  // namespace psa_cli
