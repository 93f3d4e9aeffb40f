#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/sql/cursor_result.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy {

/// How fetch_one and fetch_all run: `{.parameters = {{"id", 1}}}`.
struct FetchOptions {
  Parameters parameters = {};
  ExecutionOptions execution_options = {};
};

/// How fetch_many runs: `{.parameters = {{"id", 1}}, .size = 100}`.
struct FetchManyOptions {
  Parameters parameters = {};
  std::int64_t size = 0;  ///< rows; 0: the connector's fetch_size
  ExecutionOptions execution_options = {};
};

}  // namespace prefect_sqlalchemy

namespace prefect {

/// A block that is a database: Prefect's DatabaseBlock, for code that takes any. A block of one's own
/// derives from this and from prefect::Block. SqlAlchemyConnector says what each function does.
class PREFECT_SQLALCHEMY_API DatabaseBlock {
 public:
  virtual ~DatabaseBlock();
  virtual prefect_sqlalchemy::CursorResult execute(
      std::string_view operation, const prefect_sqlalchemy::Parameters& parameters = {},
      const prefect_sqlalchemy::ExecutionOptions& options = {}) = 0;
  virtual prefect_sqlalchemy::CursorResult execute_many(
      std::string_view operation, const prefect_sqlalchemy::ParameterRows& seq_of_parameters,
      const prefect_sqlalchemy::ExecutionOptions& options = {}) = 0;
  virtual std::optional<prefect_sqlalchemy::Row> fetch_one(
      std::string_view operation, const prefect_sqlalchemy::FetchOptions& options = {}) = 0;
  virtual std::vector<prefect_sqlalchemy::Row> fetch_many(
      std::string_view operation, const prefect_sqlalchemy::FetchManyOptions& options = {}) = 0;
  virtual std::vector<prefect_sqlalchemy::Row> fetch_all(
      std::string_view operation, const prefect_sqlalchemy::FetchOptions& options = {}) = 0;
};

}  // namespace prefect
