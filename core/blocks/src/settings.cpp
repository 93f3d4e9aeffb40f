#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/blocks/store_error.hpp>

namespace prefect {
namespace {

namespace fs = std::filesystem;
using prefect_sqlalchemy::ArgumentError;
using prefect_sqlalchemy::URL;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// As Python's expanduser for the user itself.
fs::path with_user_folder(const std::string& text) {
  if (text != "~" && !text.starts_with("~/")) return text;
  const std::string home = environment("HOME");
  if (home.empty()) {
    throw ArgumentError("PREFECT_HOME begins with ~, but HOME is not set; give it an absolute path");
  }
  return text == "~" ? fs::path(home) : fs::path(home) / text.substr(2);
}

fs::path home_path() {
  if (const std::string given = environment("PREFECT_HOME"); !given.empty()) return with_user_folder(given);
  if (const std::string home = environment("HOME"); !home.empty()) return fs::path(home) / ".prefect";
  throw ArgumentError(
      "neither PREFECT_HOME nor HOME is set, so there is no place for blocks and runs; "
      "set PREFECT_HOME to a folder of your own");
}

[[noreturn]] void throw_unusable(const fs::path& folder, const std::string& reason) {
  throw StoreError("the folder " + folder.string() + " for blocks and runs cannot be used: " + reason +
                   "; make it a folder that you may write to, or set PREFECT_HOME to another one");
}

}  // namespace

fs::path prefect_home() {
  const fs::path folder = fs::absolute(home_path()).lexically_normal();
  std::error_code error;
  if (fs::is_directory(folder, error)) return folder;
  fs::create_directories(folder.parent_path(), error);
  // The last part alone is private; of two processes at once one finds it made by the other.
  if (::mkdir(folder.c_str(), 0700) != 0) {
    const int reason = errno;
    if (!fs::is_directory(folder, error)) throw_unusable(folder, std::generic_category().message(reason));
  }
  return folder;
}

URL store_url() {
  if (const std::string given = environment("PREFECT_SQLALCHEMY_STORE_URL"); !given.empty()) {
    try {
      return prefect_sqlalchemy::make_url(given);
    } catch (const ArgumentError& error) {
      throw ArgumentError(std::string("PREFECT_SQLALCHEMY_STORE_URL: ") + error.what());
    }
  }
  URL url;
  url.drivername = "sqlite";
  url.database = (prefect_home() / "prefect-sqlalchemy.db").string();
  return url;
}

}  // namespace prefect
