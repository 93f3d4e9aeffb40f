#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/connector/connector_block.hpp>
#include <prefect_sqlalchemy/connector/database_block.hpp>

namespace prefect_sqlalchemy::detail {

/// What the blocking and the awaitable connector do, written once, as blocking code; the awaitable one runs
/// it on a fiber. SqlAlchemyConnector says what each function does. Threads: any number at once, but for two
/// reads of one fetch.
class PREFECT_SQLALCHEMY_API ConnectorState {
 public:
  explicit ConnectorState(ConnectorFields fields);
  ConnectorState(const ConnectorState&) = delete;
  ConnectorState& operator=(const ConnectorState&) = delete;
  ~ConnectorState();

  CursorResult execute(std::string_view operation, const Parameters& parameters,
                       const ExecutionOptions& options);
  CursorResult execute_many(std::string_view operation, const ParameterRows& rows,
                            const ExecutionOptions& options);
  std::optional<Row> fetch_one(std::string_view operation, const FetchOptions& options);
  std::vector<Row> fetch_many(std::string_view operation, const FetchManyOptions& options);
  std::vector<Row> fetch_all(std::string_view operation, const FetchOptions& options);
  void reset_connections();
  void rollback_fetches() noexcept;
  void close();
  Engine engine(const EngineOptions& options = {});
  Connection connect(bool begin);
  bool has_fetches() const noexcept;

 private:
  struct Members;

  const ConnectorFields fields_;
  std::unique_ptr<Members> members_;
};

}  // namespace prefect_sqlalchemy::detail
