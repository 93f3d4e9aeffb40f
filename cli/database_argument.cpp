#include "database_argument.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/block_store.hpp>

#include "commands.hpp"
#include "terminal.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::ConnectorFields;
using prefect_sqlalchemy::URL;

std::string variable_of(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) throw UsageError("the environment variable " + name + " is not set");
  return value;
}

ConnectorFields fields_of_block(std::string_view name) {
  try {
    return prefect_sqlalchemy::SqlAlchemyConnector::load(name).fields();
  } catch (const prefect::BlockNotFoundError&) {
    const auto& awaitable = prefect_sqlalchemy::AsyncSqlAlchemyConnector::block_type();
    try {
      return ConnectorFields::from_json(prefect::current_block_store()->load(awaitable.slug, name).data);
    } catch (const prefect::BlockNotFoundError&) {
    }
    throw;
  }
}

ConnectorFields fields_of(const std::string& given) {
  std::string text = given;
  if (text.empty()) {
    const char* url = std::getenv("PSA_URL");
    if (!url || !*url) {
      throw UsageError("no database is named: give a URL or the name of a saved block, or set PSA_URL");
    }
    text = url;
  } else if (constexpr std::string_view prefix = "env:"; text.starts_with(prefix)) {
    text = variable_of(text.substr(prefix.size()));
  }
  if (text.find("://") == text.npos) return fields_of_block(text);
  return ConnectorFields{.connection_info = text};
}

URL with_password(URL url, const DatabaseArgument& database) {
  if (database.ask_password) url.password = ask_secret("Password for " + url.render() + ": ");
  if (database.password_stdin) {
    std::string password;
    if (!std::getline(std::cin, password)) throw UsageError("standard input holds no password");
    url.password = password;
  }
  return url;
}

}  // namespace

void DatabaseArgument::add_password_options(CLI::App& command) {
  auto* ask = command.add_flag("--ask-password", ask_password, "Ask for the password on the terminal");
  command
      .add_flag("--password-stdin", password_stdin, "Read the password from the first line of standard input")
      ->excludes(ask);
}

URL DatabaseArgument::url() const { return with_password(fields_of(text).url(), *this); }

prefect_sqlalchemy::Engine DatabaseArgument::engine() const {
  const ConnectorFields fields = fields_of(text);
  return prefect_sqlalchemy::create_engine(with_password(fields.url(), *this),
                                           {.connect_args = fields.connect_args, .pool_size = 1});
}

std::string take_last_word(std::vector<std::string>& words, DatabaseArgument& database) {
  std::string last = std::move(words.back());
  words.pop_back();
  if (!words.empty()) database.text = std::move(words.front());
  return last;
}

}  // namespace psa_cli
