#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>

namespace prefect_sqlalchemy {
class AsyncSqlAlchemyConnector;
}

/// Either connector behind the blocking one's functions, for cases that run on both. Of the awaitable one
/// each operation is awaited on an io_context of its own.
class AnyConnector {
 public:
  using Text = std::string_view;
  using Options = prefect_sqlalchemy::ExecutionOptions;
  explicit AnyConnector(prefect_sqlalchemy::SqlAlchemyConnector blocking);
  explicit AnyConnector(prefect_sqlalchemy::AsyncSqlAlchemyConnector awaitable);

  prefect_sqlalchemy::CursorResult execute(Text operation,
                                           const prefect_sqlalchemy::Parameters& parameters = {},
                                           const Options& options = {});
  prefect_sqlalchemy::CursorResult execute_many(Text operation, const prefect_sqlalchemy::ParameterRows& rows,
                                                const Options& options = {});
  std::optional<prefect_sqlalchemy::Row> fetch_one(Text operation,
                                                   const prefect_sqlalchemy::FetchOptions& options = {});
  std::vector<prefect_sqlalchemy::Row> fetch_many(Text operation,
                                                  const prefect_sqlalchemy::FetchManyOptions& options = {});
  std::vector<prefect_sqlalchemy::Row> fetch_all(Text operation,
                                                 const prefect_sqlalchemy::FetchOptions& options = {});
  void reset_connections();
  void close();
  prefect_sqlalchemy::Engine get_engine(const prefect_sqlalchemy::EngineOptions& options = {});
  prefect_sqlalchemy::Connection get_connection(bool begin = true);

 private:
  template <class Call>
  auto either(Call call);

  std::variant<prefect_sqlalchemy::SqlAlchemyConnector,
               std::shared_ptr<prefect_sqlalchemy::AsyncSqlAlchemyConnector>>
      either_;
};
