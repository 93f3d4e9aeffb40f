#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <prefect_sqlalchemy/base/secret.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

namespace prefect_sqlalchemy {

/// A driver by enumerator or by its string: any string is a name, for drivers of third parties.
class DriverName {
 public:
  DriverName() = default;
  DriverName(SyncDriver driver) : text_(to_string(driver)) {}
  DriverName(AsyncDriver driver) : text_(to_string(driver)) {}
  template <class Text>
  requires std::convertible_to<Text, std::string_view> DriverName(const Text& text)
      : text_(std::string_view(text)) {}

  const std::string& text() const noexcept { return text_; }
  friend bool operator==(const DriverName&, const DriverName&) = default;

 private:
  std::string text_;
};

/// The parts of a database URL, as Python's ConnectionComponents:
///
///     ConnectionComponents{.driver = SyncDriver::POSTGRESQL_PSYCOPG2, .database = "shop",
///                          .username = "ann", .password = "...", .host = "db.example.org", .port = 5432}
struct PREFECT_SQLALCHEMY_API ConnectionComponents {
  DriverName driver;
  std::optional<std::string> database = std::nullopt;  ///< a file's path for SQLite
  std::optional<std::string> username = std::nullopt;
  std::optional<Secret> password = std::nullopt;
  std::optional<std::string> host = std::nullopt;
  std::optional<std::int64_t> port = std::nullopt;  ///< 1 to 65535
  /// Options of the database's client, by its own names.
  std::map<std::string, std::string> query = {};

  /// @throws ArgumentError  the driver's name or the port is none
  URL create_url() const;

  friend bool operator==(const ConnectionComponents&, const ConnectionComponents&) = default;
};

}  // namespace prefect_sqlalchemy
