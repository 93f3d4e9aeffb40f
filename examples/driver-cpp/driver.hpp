#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>
#include <psa/sdk/driver_entry.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/parameters.hpp>

#include "query.hpp"

namespace csv {

inline constexpr psa_option_info known_options[] = {
    psa::option_info("separator", PSA_TYPE_TEXT, ",", ",|;", "what stands between two fields"),
};

/// A folder. Statements and results hold it, as they may outlive the host's handle.
class Connection : public psa::HostHeld<Connection> {
 public:
  explicit Connection(const psa_connection_args& args);
  static std::shared_ptr<Connection> create(const psa_connection_args& args) {
    return std::make_shared<Connection>(args);
  }

  void connect();
  void close() { state_ = State::closed; }
  void ping() const { check_open(); }
  void state(psa_connection_state&) const noexcept {}
  void lexical(psa_lexical& out) const noexcept;

  /// @throws psa::DriverError  PSA_INVALID_STATE
  void check_open() const;
  const std::string& folder() const { return folder_; }
  char separator() const { return separator_; }

 private:
  enum class State { made, open, closed };
  State state_ = State::made;
  std::string folder_;
  char separator_;
};

/// The rows of a query, read from the file as the host asks for them.
class Result {
 public:
  /// A statement without rows.
  explicit Result(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Result(std::shared_ptr<Connection> connection, const Query& query, const psa::ParameterBatch& parameters);

  void info(psa_result_info& out) const noexcept;
  ArrowSchema schema() const;
  void next(const psa_fetch& fetch, psa_batch& out);

 private:
  using Builder = std::variant<psa::BytesColumn, psa::Int64Column, psa::DoubleColumn, psa::BoolColumn,
                               psa::FixedColumn<int32_t>>;
  struct Test {
    size_t column;
    Comparison comparison;
    Value value;
  };

  size_t find_column(const std::string& name) const;
  int64_t append(const std::vector<Value>& row);

  std::shared_ptr<Connection> connection_;
  std::optional<File> file_;  // none once it is read
  bool has_rows_ = false;
  std::vector<Column> columns_;
  std::vector<size_t> selected_;
  std::vector<Test> tests_;
  std::vector<Builder> builders_;
  std::optional<psa::DriverError> late_error_;
};

class Statement {
 public:
  Statement(std::shared_ptr<Connection> connection, Query query)
      : connection_(std::move(connection)), query_(std::move(query)) {}
  static std::unique_ptr<Statement> prepare(Connection& connection, std::string_view sql, uint32_t flags);

  std::unique_ptr<Result> execute(const psa_execute& execute);

 private:
  std::shared_ptr<Connection> connection_;
  Query query_;
};

struct Driver : psa::DirectOperations {
  using Connection = csv::Connection;
  using Statement = csv::Statement;
  using Result = csv::Result;

  static constexpr std::string_view name = "csv";
  static constexpr std::string_view version = PSA_PLUGIN_VERSION;
  static constexpr uint64_t promises = 0;
  static std::string client() { return "files of comma-separated values"; }
  static constexpr auto options = [] { return std::span(known_options); };
};

}  // namespace csv
