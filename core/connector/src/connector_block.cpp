#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/blocks/block_fields.hpp>
#include <prefect_sqlalchemy/connector/connector_block.hpp>

namespace prefect_sqlalchemy {
namespace {

namespace json = boost::json;

template <class T>
json::value nullable(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object components_to_json(const ConnectionComponents& components) {
  json::object out;
  out["driver"] = components.driver.text();
  out["database"] = nullable(components.database);
  out["username"] = nullable(components.username);
  out["password"] = components.password ? json::value(components.password->reveal()) : json::value(nullptr);
  out["host"] = nullable(components.host);
  out["port"] = nullable(components.port);
  if (components.query.empty()) {
    out["query"] = nullptr;
  } else {
    json::object& query = out["query"].emplace_object();
    for (const auto& [key, value] : components.query) query[key] = value;
  }
  return out;
}

ConnectionComponents components_from_json(const json::object& data) {
  constexpr std::string_view inside = "connection_info";
  ConnectionComponents out;
  out.driver = prefect::field<std::string>(data, "driver", inside);
  out.database = prefect::optional_field<std::string>(data, "database", inside);
  out.username = prefect::optional_field<std::string>(data, "username", inside);
  out.password = prefect::optional_field<Secret>(data, "password", inside);
  out.host = prefect::optional_field<std::string>(data, "host", inside);
  out.port = prefect::optional_field<std::int64_t>(data, "port", inside);
  if (const auto query = prefect::optional_field<json::object>(data, "query", inside)) {
    for (const auto& [key, value] : *query) {
      out.query[key] = prefect::field<std::string>(*query, key, "connection_info.query");
    }
  }
  return out;
}

json::value arg_to_json(const ConnectArg& arg) {
  return std::visit([](const auto& value) { return json::value(value); }, arg);
}

ConnectArg arg_from_json(std::string_view name, const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::int64:
      return value.get_int64();
    case json::kind::double_:
      return value.get_double();
    default:
      throw ArgumentError("connect_args." + std::string(name) +
                          ": a text, a number, true or false is wanted here");
  }
}

json::object property(std::string_view title, json::object type) {
  json::object out = std::move(type);
  out["title"] = title;
  return out;
}

/// Not json::array{...}: GCC 12 warns of dangling pointers inside of it.
template <class... T>
json::array list_of(T&&... values) {
  json::array out;
  (out.emplace_back(std::forward<T>(values)), ...);
  return out;
}

json::object or_null(json::object type) {
  json::object out;
  out["anyOf"] = list_of(std::move(type), json::object{{"type", "null"}});
  out["default"] = nullptr;
  return out;
}

/// As pydantic writes the components' model.
json::object components_schema() {
  const auto text = [] { return json::object{{"type", "string"}}; };
  json::object properties;
  properties["driver"] = property("Driver", text());
  properties["database"] = property("Database", or_null(text()));
  properties["username"] = property("Username", or_null(text()));
  properties["password"] =
      property("Password", or_null({{"type", "string"}, {"format", "password"}, {"writeOnly", true}}));
  properties["host"] = property("Host", or_null(text()));
  properties["port"] = property("Port", or_null({{"type", "integer"}}));
  properties["query"] = property("Query", or_null({{"type", "object"}, {"additionalProperties", text()}}));
  json::object out;
  out["title"] = "ConnectionComponents";
  out["type"] = "object";
  out["properties"] = std::move(properties);
  out["required"] = list_of("driver");
  return out;
}

json::object connector_schema(const std::string& title, const std::string& slug) {
  json::object properties;
  json::object info;
  info["title"] = "Connection Info";
  info["description"] = "The parts of the database URL, or the URL as one text.";
  info["anyOf"] =
      list_of(json::object{{"$ref", "#/definitions/ConnectionComponents"}}, json::object{{"type", "string"}});
  properties["connection_info"] = std::move(info);
  properties["connect_args"] = property("Additional Connection Arguments", or_null({{"type", "object"}}));
  properties["fetch_size"] = property("Fetch Size", {{"type", "integer"}, {"default", 1}});
  json::object out;
  out["title"] = title;
  out["type"] = "object";
  out["properties"] = std::move(properties);
  out["required"] = list_of("connection_info");
  out["block_type_slug"] = slug;
  out["block_schema_references"] = json::object{};
  out["secret_fields"] = list_of("connection_info.password");
  out["definitions"] = json::object{{"ConnectionComponents", components_schema()}};
  return out;
}

prefect::BlockType make_type(const std::string& title, std::string name, std::string slug,
                             std::string description) {
  prefect::BlockType out;
  out.schema = connector_schema(title, slug);
  out.name = std::move(name);
  out.slug = std::move(slug);
  out.description = std::move(description);
  // Beyond the schema's: a password may also be given to the client by name, and the connector of Prefect 2
  // stores the URL with the password in a field of its own.
  out.secret_fields = {"connection_info.password", "connect_args.password", "connect_args.passwd"};
  out.url_fields = {"connection_info", "_rendered_url"};
  return out;
}

}  // namespace

URL ConnectorFields::url() const {
  if (const auto* components = std::get_if<ConnectionComponents>(&connection_info)) {
    return components->create_url();
  }
  try {
    return make_url(std::get<std::string>(connection_info));
  } catch (const ArgumentError& error) {
    throw ArgumentError(std::string("Invalid URL: ") + error.what());
  }
}

json::object ConnectorFields::to_json() const {
  json::object out;
  if (const auto* components = std::get_if<ConnectionComponents>(&connection_info)) {
    out["connection_info"] = components_to_json(*components);
  } else {
    out["connection_info"] = std::get<std::string>(connection_info);
  }
  if (connect_args.empty()) {
    out["connect_args"] = nullptr;
  } else {
    json::object& args = out["connect_args"].emplace_object();
    for (const ConnectArgs::Entry& entry : connect_args) args[entry.name] = arg_to_json(entry.value);
  }
  out["fetch_size"] = fetch_size;
  return out;
}

ConnectorFields ConnectorFields::from_json(const json::object& data) {
  ConnectorFields out;
  const json::value* info = data.if_contains("connection_info");
  if (info != nullptr && info->is_string()) {
    out.connection_info = std::string(info->get_string());
  } else {
    out.connection_info = components_from_json(prefect::field<json::object>(data, "connection_info"));
  }
  if (const auto args = prefect::optional_field<json::object>(data, "connect_args")) {
    for (const auto& [key, value] : *args) out.connect_args.set(key, arg_from_json(key, value));
  }
  out.fetch_size = prefect::optional_field<std::int64_t>(data, "fetch_size").value_or(1);
  return out;
}

namespace detail {

const prefect::BlockType& connector_block_type(ConnectorKind kind) {
  static const prefect::BlockType blocking =
      make_type("SqlAlchemyConnector", "SQLAlchemy Connector", "sqlalchemy-connector",
                "Connects to a SQL database through one of its drivers.");
  static const prefect::BlockType awaitable =
      make_type("AsyncSqlAlchemyConnector", "Async SQLAlchemy Connector", "async-sqlalchemy-connector",
                "Connects to a SQL database through one of its drivers, for awaitable use.");
  return kind == ConnectorKind::blocking ? blocking : awaitable;
}

void check_connector(const ConnectorFields& fields, ConnectorKind kind) {
  const std::string name = fields.url().drivername;
  check_driver_name(name);
  if (kind == ConnectorKind::blocking && is_async_driver_name(name)) {
    throw ArgumentError("The driver '" + name +
                        "' is an async driver. Please use `AsyncSqlAlchemyConnector` instead.");
  }
  if (kind == ConnectorKind::awaitable && is_sync_driver_name(name)) {
    throw ArgumentError("The driver '" + name +
                        "' is not an async driver. Please use `SqlAlchemyConnector` instead.");
  }
  if (fields.fetch_size < 0) throw ArgumentError("fetch_size is 0 or more");
}

}  // namespace detail

}  // namespace prefect_sqlalchemy
