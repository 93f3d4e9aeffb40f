#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <prefect_sqlalchemy/blocks/block.hpp>
#include <prefect_sqlalchemy/connector/connector_block.hpp>
#include <prefect_sqlalchemy/connector/database_block.hpp>

namespace prefect_sqlalchemy {

struct ConnectorOptions {
  ConnectArgs connect_args = {};
  std::int64_t fetch_size = 1;
};

/// A database as a block, with the five verbs of Python's SqlAlchemyConnector.
///
/// `execute` and `execute_many` run at once, on a connection of their own, and commit. The three fetch
/// verbs run a statement once for each (operation, parameters, options), each on a connection of its own
/// inside a transaction, and then *continue* it: calls with the same inputs share one result, whichever verb
/// they use, until reset_connections(). A statement that writes and gives rows (INSERT ... RETURNING) is
/// seen by others after reset_connections(), close() or the end of the scope.
///
/// The end of the scope commits the fetches' transactions; when an exception leaves the scope they are
/// rolled back (Python commits them). A failure in the destructor is logged and fails the surrounding task;
/// outside a task call close(). Making, saving and loading one needs no driver; it connects when first used.
///
/// Copying copies the configuration, not the connections. Threads: one call at a time, from any thread; a
/// second at the same time is an InvalidRequestError.
class PREFECT_SQLALCHEMY_API SqlAlchemyConnector : public prefect::Block<SqlAlchemyConnector>,
                                                   public prefect::DatabaseBlock {
 public:
  /// @throws ArgumentError  the components make no URL, or name an async driver
  SqlAlchemyConnector(ConnectionComponents connection_info, ConnectorOptions options = {});
  /// @param url  a database URL, see make_url; kept as it is
  SqlAlchemyConnector(std::string_view url, ConnectorOptions options = {});
  SqlAlchemyConnector(const char* url, ConnectorOptions options = {})
      : SqlAlchemyConnector(std::string_view(url), std::move(options)) {}
  explicit SqlAlchemyConnector(ConnectorFields fields);

  SqlAlchemyConnector(const SqlAlchemyConnector& other);
  SqlAlchemyConnector(SqlAlchemyConnector&& other) noexcept;
  SqlAlchemyConnector& operator=(const SqlAlchemyConnector& other);
  SqlAlchemyConnector& operator=(SqlAlchemyConnector&& other) noexcept;
  ~SqlAlchemyConnector() override;

  /// Runs a statement and commits it.
  /// @param operation   one statement with `:name` parameters, UTF-8
  /// @param parameters  a value for each name
  /// @return the result, read to its end: rowcount, lastrowid, rows if it gives any
  /// @throws StatementError  a parameter is missing or unknown; nothing was sent
  /// @throws DatabaseError   what the database says; nothing of it stays
  CursorResult execute(std::string_view operation, const Parameters& parameters = {},
                       const ExecutionOptions& options = {}) override;

  /// Runs a statement once for each row of parameters, in one transaction, by the driver's fastest way.
  /// No rows: it runs once without parameters, as in Python. An error's diagnostics().parameter_row tells
  /// the row; nothing of the batch stays.
  CursorResult execute_many(std::string_view operation, const ParameterRows& seq_of_parameters,
                            const ExecutionOptions& options = {}) override;

  /// @return the next row of the statement's result; std::nullopt when there is none (any more)
  /// @throws ResourceClosedError  the statement gives no rows
  std::optional<Row> fetch_one(std::string_view operation, const FetchOptions& options = {}) override;

  /// @return the next rows, at most options.size; empty when there are none (any more)
  /// @throws ArgumentError  a negative size
  std::vector<Row> fetch_many(std::string_view operation, const FetchManyOptions& options = {}) override;

  /// @return all rows that are left
  std::vector<Row> fetch_all(std::string_view operation, const FetchOptions& options = {}) override;

  /// Commits and closes what the fetch verbs have open; the next fetch runs its statement anew.
  /// @throws Error  a commit failed; all connections have been given back all the same
  void reset_connections();

  /// reset_connections(), then closes the engine. Harmless twice. The connector works again afterwards.
  void close();

  /// The engine, made on first use. Options count on first use only; connect_args are added to the block's.
  Engine get_engine(EngineOptions options = {});
  /// A connection of the engine; with `begin` in a transaction that is committed at the end of its scope
  /// (rolled back when an exception leaves it), else nothing is committed unasked.
  Connection get_connection(bool begin = true);
  /// "engine" or "connection" (one that is not begun). @throws ArgumentError anything else
  std::variant<Engine, Connection> get_client(std::string_view client_type);

  const ConnectorFields& fields() const noexcept { return fields_; }
  /// The URL; its password is hidden when printed.
  URL url() const { return fields_.url(); }

  // What prefect::Block needs.
  static const prefect::BlockType& block_type();
  boost::json::object to_json() const { return fields_.to_json(); }
  static SqlAlchemyConnector from_json(const boost::json::object& data);

 private:
  struct State;

  State& state();
  void end_scope() noexcept;

  ConnectorFields fields_;
  std::unique_ptr<State> state_;
};

/// The name of SqlAlchemyConnector in old versions of the Python package.
using DatabaseCredentials [[deprecated("use SqlAlchemyConnector")]] = SqlAlchemyConnector;

}  // namespace prefect_sqlalchemy
