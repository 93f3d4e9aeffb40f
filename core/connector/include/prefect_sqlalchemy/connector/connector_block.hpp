#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/blocks/block_type.hpp>
#include <prefect_sqlalchemy/connector/connection_components.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy {

/// What a connector's block document holds: Python's connection_info, connect_args and fetch_size.
struct PREFECT_SQLALCHEMY_API ConnectorFields {
  /// Components, or a URL as text, kept as it was given.
  std::variant<ConnectionComponents, std::string> connection_info;
  /// Handed to the database's client by its own names.
  ConnectArgs connect_args = {};
  /// Rows that fetch_many gives when no size is asked for; 0 or more.
  std::int64_t fetch_size = 1;

  /// @throws ArgumentError  the components or the text make no URL
  URL url() const;
  /// With the password in clear: for a store, which encrypts it.
  boost::json::object to_json() const;
  /// @throws ArgumentError  a field is missing or of the wrong type; names it, never the value
  static ConnectorFields from_json(const boost::json::object& data);

  friend bool operator==(const ConnectorFields&, const ConnectorFields&) = default;
};

namespace detail {

enum class ConnectorKind : std::uint8_t { blocking, awaitable };

/// "sqlalchemy-connector" or "async-sqlalchemy-connector", with a schema that Python's connector reads.
const prefect::BlockType& connector_block_type(ConnectorKind kind);

/// @throws ArgumentError  fields that make no connector: no URL, a driver of the other kind (in Python's
///                        words), a negative fetch_size
void check_connector(const ConnectorFields& fields, ConnectorKind kind);

}  // namespace detail

}  // namespace prefect_sqlalchemy
