#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/base/secret.hpp>

namespace prefect_sqlalchemy {

/// One host of a database URL.
struct UrlHost {
  std::string host;        ///< IPv6 addresses without brackets
  std::uint16_t port = 0;  ///< 0: none given
  friend bool operator==(const UrlHost&, const UrlHost&) = default;
};

/// A database URL: `dialect+driver://username:password@host:port/database?key=value`.
///
/// SQLAlchemy's grammar and escaping (sqlalchemy.engine.url): user name and password are percent-encoded,
/// the query as in a form ('+' is a space), the database as it stands. Beyond it, several hosts are
/// written `host1:port1,host2:port2` as libpq does, and a host may be percent-encoded (`%2Ftmp`, a socket's
/// folder). Members hold decoded text; a member that was not in the URL is nullopt, which differs from an
/// empty one.
///
/// A '@' in the query is written %40: where one could also end a user name, the URL is refused.
struct PREFECT_SQLALCHEMY_API URL {
  std::string drivername;  ///< "sqlite", "postgresql+psycopg2"
  std::optional<std::string> username;
  std::optional<Secret> password;
  std::vector<UrlHost> hosts;
  std::optional<std::string> database;
  /// In order of appearance; a key may come more than once.
  std::vector<std::pair<std::string, std::string>> query;

  /// Checks the parts as make_url does.
  /// @throws ArgumentError  the driver's name is empty or holds other characters than letters, digits and
  ///                        "_.+-", or a host has neither name nor port
  static URL create(URL parts);

  /// The part of the driver name before '+'.
  std::string dialect() const;

  /// The text that make_url reads back as this URL. Three things have no form in the grammar and come back
  /// otherwise or not at all: a '?' in the database; a '@' in it behind a host with port and no password; a
  /// password without a user name, which comes back with an empty one.
  /// @param hide_password  true: "***" stands for it, and for values in the query that may be secrets: the
  ///                       key, or the value if it holds '=', contains password, passwd, pwd, passphrase,
  ///                       secret or token, or the key ends in "key" (in any case)
  std::string render(bool hide_password = true) const;

  friend bool operator==(const URL&, const URL&) = default;
  /// With the password hidden.
  PREFECT_SQLALCHEMY_API friend std::ostream& operator<<(std::ostream& out, const URL& url);
};

/// Parses a database URL.
/// @throws ArgumentError  it is none; the text says what is wrong and repeats nothing of the URL, which may
///                        hold a password
PREFECT_SQLALCHEMY_API URL make_url(std::string_view text);

}  // namespace prefect_sqlalchemy
