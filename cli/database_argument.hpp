#pragma once

#include <string>
#include <vector>

#include <prefect_sqlalchemy/sql/engine.hpp>

namespace CLI {
class App;
}

namespace psa_cli {

/// The database that a command runs on.
struct DatabaseArgument {
  std::string text;  ///< a URL, a block's name, or env:NAME; empty: $PSA_URL
  bool ask_password = false;
  bool password_stdin = false;

  void add_password_options(CLI::App& command);
  /// Its URL, with the password where it was asked for or read.
  prefect_sqlalchemy::URL url() const;
  /// Its engine; connects to nothing.
  /// @throws UsageError  nothing names a database
  /// @throws prefect::BlockNotFoundError  neither kind of connector block has that name
  prefect_sqlalchemy::Engine engine() const;
};

/// Positional arguments "[DATABASE] WORD": takes the last one out, and leaves the database, if it is named.
/// @param words  one or two
std::string take_last_word(std::vector<std::string>& words, DatabaseArgument& database);

constexpr const char* database_help = "URL, name of a block, or env:NAME; $PSA_URL if left out";

}  // namespace psa_cli
