#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/connector/connection_components.hpp>

namespace prefect_sqlalchemy {

URL ConnectionComponents::create_url() const {
  if (port && (*port < 1 || *port > 65535)) {
    throw ArgumentError("Invalid URL: a port is a number from 1 to 65535, not " + std::to_string(*port));
  }
  URL url;
  url.drivername = driver.text();
  url.username = username;
  url.password = password;
  if (host || port) url.hosts.push_back({host.value_or(""), static_cast<std::uint16_t>(port.value_or(0))});
  url.database = database;
  url.query.assign(query.begin(), query.end());
  return URL::create(std::move(url));
}

}  // namespace prefect_sqlalchemy
