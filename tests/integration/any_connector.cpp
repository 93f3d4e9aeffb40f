#include "any_connector.hpp"

#include <string>
#include <utility>

#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>

#include "await.hpp"

using namespace prefect_sqlalchemy;

AnyConnector::AnyConnector(SqlAlchemyConnector blocking) : either_(std::move(blocking)) {}
AnyConnector::AnyConnector(AsyncSqlAlchemyConnector awaitable)
    : either_(std::make_shared<AsyncSqlAlchemyConnector>(std::move(awaitable))) {}

template <class Call>
auto AnyConnector::either(Call call) {
  if (auto* blocking = std::get_if<0>(&either_)) return call(*blocking);
  return await(call(*std::get<1>(either_)));
}

CursorResult AnyConnector::execute(Text operation, const Parameters& parameters, const Options& options) {
  return either([&](auto& db) { return db.execute(std::string(operation), parameters, options); });
}

CursorResult AnyConnector::execute_many(Text operation, const ParameterRows& rows, const Options& options) {
  return either([&](auto& db) { return db.execute_many(std::string(operation), rows, options); });
}

std::optional<Row> AnyConnector::fetch_one(Text operation, const FetchOptions& options) {
  return either([&](auto& db) { return db.fetch_one(std::string(operation), options); });
}

std::vector<Row> AnyConnector::fetch_many(Text operation, const FetchManyOptions& options) {
  return either([&](auto& db) { return db.fetch_many(std::string(operation), options); });
}

std::vector<Row> AnyConnector::fetch_all(Text operation, const FetchOptions& options) {
  return either([&](auto& db) { return db.fetch_all(std::string(operation), options); });
}

void AnyConnector::reset_connections() {
  either([](auto& db) { return db.reset_connections(); });
}

void AnyConnector::close() {
  either([](auto& db) { return db.close(); });
}

Engine AnyConnector::get_engine(const EngineOptions& options) {
  if (auto* blocking = std::get_if<0>(&either_)) return blocking->get_engine(options);
  return std::get<1>(either_)->get_engine(options).sync_engine();
}

Connection AnyConnector::get_connection(bool begin) {
  Connection connection = get_engine().connect();
  if (begin) connection.commit_on_close();
  return connection;
}
