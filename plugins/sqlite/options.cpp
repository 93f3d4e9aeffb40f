// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <algorithm>
#include <string_view>

#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

#include "product.hpp"

namespace psa::sqlite {
namespace {

constexpr double longest_timeout = 1e9;  // seconds; keeps nanoseconds within 64 bits

void refuse_server_parts(const psa_connection_args& args) {
  if (args.address_count != 0)
    throw invalid_argument("SQLite has no host: the URL's part after '//' was read as one")
        .with_hint("write sqlite:///relative/path or sqlite:////absolute/path, with three or four slashes");
  if (!view(args.username).empty())
    throw invalid_argument("SQLite has no user names").with_hint("leave the user name out of the URL");
  if (args.flags & PSA_CONNECTION_NONBLOCKING)
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                      "SQLite connections are not non-blocking");
}

// A path as the path of a file: URI.
std::string path_as_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      uri += c;
    }
  }
  return uri;
}

std::string uppercase(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

int mode_flags(std::string_view mode) {
  if (mode == "ro") return SQLITE_OPEN_READONLY;
  if (mode == "rw") return SQLITE_OPEN_READWRITE;
  if (mode == "memory") return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
  return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

// Whether opening `filename` again would make another database: one in memory or in a temporary file.
bool is_private_database(std::string_view filename, int open_flags) {
  bool in_memory = filename == ":memory:" || (open_flags & SQLITE_OPEN_MEMORY) != 0;
  bool shared = (open_flags & SQLITE_OPEN_SHAREDCACHE) != 0;
  if ((open_flags & SQLITE_OPEN_URI) != 0 && filename.starts_with("file:")) {
    const std::string_view rest = filename.substr(5);
    const std::string_view path = rest.substr(0, rest.find_first_of("?#"));
    const auto asks = [&](std::string_view what) { return rest.substr(path.size()).find(what) != rest.npos; };
    in_memory = in_memory || path.empty() || path == ":memory:" || asks("mode=memory");
    shared = (shared || asks("cache=shared")) && !asks("cache=private");
  }
  return in_memory && !shared;
}

}  // namespace

Settings read_settings(const psa_connection_args& args) {
  refuse_server_parts(args);
  const Options options(known_options(), args);
  Settings settings;
  const double timeout = options.real("timeout").value_or(5);
  if (!(timeout >= 0)) throw invalid_argument("option 'timeout' must be 0 or more seconds");
  settings.timeout = static_cast<int64_t>(std::min(timeout, longest_timeout) * 1e9);
  settings.foreign_keys = options.boolean("foreign_keys");
  settings.journal_mode = options.text("journal_mode").value_or("");
  settings.vfs = options.text("vfs").value_or("");
  if (const auto level = options.text("isolation_level"))
    settings.begin.append(1, ' ').append(uppercase(*level));

  // One call at a time on a connection is the interface's rule, so SQLite need not lock as well.
  settings.open_flags = SQLITE_OPEN_NOMUTEX | mode_flags(options.text("mode").value_or("rwc"));
  if (const auto cache = options.text("cache"))
    settings.open_flags |= *cache == "shared" ? SQLITE_OPEN_SHAREDCACHE : SQLITE_OPEN_PRIVATECACHE;

  const std::string_view database = view(args.database);
  if (database.find('\0') != std::string_view::npos)
    throw invalid_argument("the database's path contains a NUL character");
  settings.filename = database.empty() ? std::string_view(":memory:") : database;
  const bool is_uri = options.boolean("uri").value_or(false);
  if (!is_uri && database.starts_with("file:"))
    throw invalid_argument("the database is a file: URI, but the option uri is not set")
        .with_hint("add uri=true to the URL's query; for a file whose name begins so, write ./file:...");
  std::string query;
  if (options.boolean("immutable").value_or(false)) query += "&immutable=1";
  if (options.boolean("nolock").value_or(false)) query += "&nolock=1";
  if (!query.empty()) {
    if (!is_uri) settings.filename = path_as_uri(settings.filename);
    if (settings.filename.find('?') == std::string::npos) query[0] = '?';
    settings.filename += query;
  }
  if (is_uri || !query.empty()) settings.open_flags |= SQLITE_OPEN_URI;
  settings.is_private = is_private_database(settings.filename, settings.open_flags);
  read_product_settings(args, options, settings);
  return settings;
}

}  // namespace psa::sqlite
