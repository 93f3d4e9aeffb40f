#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/block_store.hpp>
#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

#include "commands.hpp"
#include "database_argument.hpp"
#include "display_width.hpp"
#include "parameter_text.hpp"
#include "terminal.hpp"
#include "text_table.hpp"
#include "usage.hpp"

namespace psa_cli {
namespace {

namespace json = boost::json;
using prefect::BlockDocument;
using prefect_sqlalchemy::AsyncSqlAlchemyConnector;
using prefect_sqlalchemy::ConnectorFields;
using prefect_sqlalchemy::SqlAlchemyConnector;
using prefect_sqlalchemy::to_iso;

json::object document_of(const BlockDocument& block) {
  return {{"id", block.id},
          {"block_type_slug", block.block_type_slug},
          {"name", block.name},
          {"created", to_iso(block.created)},
          {"updated", to_iso(block.updated)},
          {"data", block.data}};
}

void list_blocks_as(bool as_json) {
  const auto blocks = prefect::list_blocks();
  if (as_json) {
    json::array all;
    for (const auto& block : blocks) all.emplace_back(document_of(block));
    std::cout << json::serialize(all) << '\n';
    return;
  }
  TextTable table({"type", "name", "updated"}, output_width());
  for (const auto& block : blocks) {
    table.add({printable(block.block_type_slug), printable(block.name),
               to_iso(std::chrono::floor<std::chrono::seconds>(block.updated))});
  }
  table.print(std::cout);
}

/// "TYPE/NAME", or the name of a block of any type.
/// @throws prefect::BlockNotFoundError  there is none
/// @throws UsageError  blocks of several types have that name
BlockDocument find_block(const std::string& text) {
  if (const auto slash = text.find('/'); slash != text.npos) {
    return prefect::inspect_block(text.substr(0, slash), text.substr(slash + 1));
  }
  std::optional<BlockDocument> found;
  for (auto& block : prefect::list_blocks()) {
    if (block.name != text) continue;
    if (found) {
      throw UsageError("there are several blocks of that name; say which: " + found->block_type_slug + "/" +
                       text + " or " + block.block_type_slug + "/" + text);
    }
    found = std::move(block);
  }
  if (!found) return prefect::inspect_block(SqlAlchemyConnector::block_type().slug, text);  // which tells
  return *found;
}

/// JSON over several lines, as a person reads it.
void pretty(std::ostream& out, const json::value& value, const std::string& indent = "") {
  const auto inner = indent + "  ";
  const auto* object = value.if_object();
  if (!object || object->empty()) {
    out << json::serialize(value);
    return;
  }
  out << '{';
  const char* separator = "\n";
  for (const auto& [key, member] : *object) {
    out << separator << inner << json::serialize(json::value(key)) << ": ";
    pretty(out, member, inner);
    separator = ",\n";
  }
  out << '\n' << indent << '}';
}

struct SaveBlockOptions {
  std::string name;
  DatabaseArgument database;
  std::vector<std::string> connect_args;
  std::int64_t fetch_size = 1;
  bool awaitable = false;
  bool overwrite = false;
};

prefect_sqlalchemy::ConnectArgs connect_args_of(const std::vector<std::string>& texts) {
  prefect_sqlalchemy::ConnectArgs args;
  for (const auto& [name, value] : parse_parameters(texts)) {
    switch (value.kind()) {
      case prefect_sqlalchemy::Kind::boolean:
        args.set(name, value.get<bool>());
        break;
      case prefect_sqlalchemy::Kind::int64:
        args.set(name, value.get<std::int64_t>());
        break;
      case prefect_sqlalchemy::Kind::real:
        args.set(name, value.get<double>());
        break;
      case prefect_sqlalchemy::Kind::text:
        args.set(name, value.get<std::string>());
        break;
      default:
        throw UsageError("the connect argument " + name + " is neither a number, a text, true nor false");
    }
  }
  return args;
}

void save_block(const SaveBlockOptions& options) {
  ConnectorFields fields{.connection_info = options.database.url().render(false),
                         .connect_args = connect_args_of(options.connect_args),
                         .fetch_size = options.fetch_size};
  try {
    if (options.awaitable) {
      // Made for its checks: the store takes documents, and nothing is to be awaited here.
      const AsyncSqlAlchemyConnector connector(std::move(fields));
      const auto& type = AsyncSqlAlchemyConnector::block_type();
      prefect::current_block_store()->save(
          {.block_type_slug = type.slug, .name = options.name, .data = connector.fields().to_json()}, type,
          options.overwrite);
    } else {
      SqlAlchemyConnector(std::move(fields)).save(options.name, {.overwrite = options.overwrite});
    }
  } catch (const prefect::BlockExistsError& error) {
    throw std::runtime_error(std::string(error.what()) + "; --overwrite replaces it");
  }
}

void register_blocks() {
  if (!prefect::PrefectSettings::load().has_server()) {
    std::cout << "the local store needs none of it: a block's type is known once one is saved\n";
    return;
  }
  for (const auto* type : {&SqlAlchemyConnector::block_type(), &AsyncSqlAlchemyConnector::block_type()}) {
    prefect::register_block_type(*type);
    std::cout << type->slug << '\n';
  }
}

}  // namespace

void add_block_command(CLI::App& app) {
  auto* block = app.add_subcommand("block", "Saved databases: list, inspect, save, delete, register");
  block->require_subcommand(1);

  auto as_json = std::make_shared<bool>(false);
  auto* list = block->add_subcommand("ls", "List the blocks of the store");
  list->add_flag("--json", *as_json, "Print JSON");
  list->callback([as_json] { list_blocks_as(*as_json); });

  auto name = std::make_shared<std::string>();
  auto* inspect = block->add_subcommand("inspect", "Show a block, its secrets hidden");
  inspect->add_option("BLOCK", *name, "NAME, or TYPE/NAME")->required();
  inspect->callback([name] {
    pretty(std::cout, document_of(find_block(*name)));
    std::cout << '\n';
  });

  auto save = std::make_shared<SaveBlockOptions>();
  auto* saving = block->add_subcommand("save", "Save a database's URL under a name");
  set_usage(*saving, "psa block save [OPTIONS] NAME [URL]");
  saving->add_option("NAME", save->name, "Lower-case letters, digits and dashes")->required();
  saving->add_option("URL", save->database.text, "URL, or env:NAME; $PSA_URL if left out");
  saving->add_option("--connect-arg", save->connect_args, "An argument of the database's client, name=value")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  saving->add_option("--fetch-size", save->fetch_size, "Rows that fetch_many gives unasked")
      ->check(CLI::NonNegativeNumber);
  saving->add_flag("--async", save->awaitable, "Save it for AsyncSqlAlchemyConnector");
  saving->add_flag("--overwrite", save->overwrite, "Replace a block of that name");
  save->database.add_password_options(*saving);
  saving->callback([save] { save_block(*save); });

  block->add_subcommand("register", "Make the types of connector blocks known to a Prefect server and its UI")
      ->callback(register_blocks);

  auto* remove = block->add_subcommand("delete", "Delete a block");
  remove->add_option("BLOCK", *name, "NAME, or TYPE/NAME")->required();
  remove->callback([name] {
    const auto found = find_block(*name);
    prefect::current_block_store()->remove(found.block_type_slug, found.name);
  });
}

}  // namespace psa_cli
