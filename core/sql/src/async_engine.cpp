#include <prefect_sqlalchemy/drivers/registry.hpp>
#include <prefect_sqlalchemy/sql/async_engine.hpp>

#include "async_operation.hpp"

namespace prefect_sqlalchemy {

AsyncConnection::AsyncConnection(Connection connection)
    : connection_(std::make_shared<Connection>(std::move(connection))) {}

AsyncConnection::~AsyncConnection() {
  // An operation under way has its own share, and ends it.
  if (connection_ != nullptr) detail::on_worker([connection = std::move(connection_)] {});
}

AsyncConnection& AsyncConnection::operator=(AsyncConnection&& other) noexcept {
  const AsyncConnection ending(std::move(*this));
  connection_ = std::move(other.connection_);
  return *this;
}

Connection& AsyncConnection::opened(const std::shared_ptr<Connection>& connection) {
  if (connection == nullptr) throw InvalidRequestError("this connection is closed");
  return *connection;
}

void AsyncConnection::begin_on(Connection& connection, const BeginOptions& options) {
  connection.begin(options).detach();
}

bool AsyncEngine::is_nonblocking() const { return find_driver(url().drivername).has(PSA_CAP_NONBLOCKING); }

AsyncEngine create_async_engine(URL url, EngineOptions options) {
  return AsyncEngine(create_engine(std::move(url), std::move(options)));
}

AsyncEngine create_async_engine(std::string_view url, EngineOptions options) {
  return AsyncEngine(create_engine(url, std::move(options)));
}

}  // namespace prefect_sqlalchemy
