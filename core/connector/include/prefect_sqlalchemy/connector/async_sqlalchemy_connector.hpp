#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/system_executor.hpp>

#include <prefect_sqlalchemy/blocks/block.hpp>
#include <prefect_sqlalchemy/connector/connector_state.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/sql/async_engine.hpp>

namespace prefect_sqlalchemy {

/// A database as a block, with the five verbs of Python's AsyncSqlAlchemyConnector: SqlAlchemyConnector with
/// each function an Asio operation.
///
///     boost::asio::awaitable<void> add_customer() {
///       auto db = co_await AsyncSqlAlchemyConnector::load("customers-db");
///       co_await db.execute("INSERT INTO customers (name) VALUES (:name)", {{"name", "Marvin"}});
///       co_await db.close();
///     }
///
/// The verbs mean what SqlAlchemyConnector's mean. Each takes a completion token last (see AsyncToken) and
/// follows Asio's rules: it runs on the executor of its completion handler, is ended by the handler's
/// cancellation slot (with CancelledError; the server is told, and the connection used again or closed), and
/// owns what it was given. Over drivers with PSA_CAP_NONBLOCKING (PostgreSQL, MariaDB) no thread is blocked;
/// over others the work is done on worker threads: is_nonblocking() tells. docs/threading.md has the whole.
///
/// Close it: `co_await db.close()` commits what the fetch verbs have open. A destructor cannot wait: it rolls
/// that back, with a warning in the log.
///
/// Copying copies the configuration, not the connections. Threads: calls from any number at once, each with a
/// connection of its own; two reads of one fetch at once are an InvalidRequestError.
class PREFECT_SQLALCHEMY_API AsyncSqlAlchemyConnector : public prefect::Block<AsyncSqlAlchemyConnector> {
  using Block = prefect::Block<AsyncSqlAlchemyConnector>;
  using State = detail::ConnectorState;

 public:
  /// One without a database, to be assigned to.
  AsyncSqlAlchemyConnector() noexcept = default;
  /// @throws ArgumentError  the components make no URL, or name a blocking driver
  AsyncSqlAlchemyConnector(ConnectionComponents connection_info, ConnectorOptions options = {});
  /// @param url  a database URL, see make_url; kept as it is
  AsyncSqlAlchemyConnector(std::string_view url, ConnectorOptions options = {});
  AsyncSqlAlchemyConnector(const char* url, ConnectorOptions options = {})
      : AsyncSqlAlchemyConnector(std::string_view(url), std::move(options)) {}
  explicit AsyncSqlAlchemyConnector(ConnectorFields fields);

  AsyncSqlAlchemyConnector(const AsyncSqlAlchemyConnector& other);
  AsyncSqlAlchemyConnector(AsyncSqlAlchemyConnector&& other) noexcept;
  AsyncSqlAlchemyConnector& operator=(const AsyncSqlAlchemyConnector& other);
  AsyncSqlAlchemyConnector& operator=(AsyncSqlAlchemyConnector&& other) noexcept;
  ~AsyncSqlAlchemyConnector();

  /// Runs a statement and commits it. @return its result, read to its end
  template <AsyncToken<CursorResult> Token = boost::asio::use_awaitable_t<>>
  auto execute(std::string operation, Parameters parameters = {}, ExecutionOptions options = {},
               Token&& token = Token()) {
    return call<CursorResult>([operation = std::move(operation), parameters = std::move(parameters),
                               options](State& on) { return on.execute(operation, parameters, options); },
                              std::forward<Token>(token));
  }
  template <AsyncToken<CursorResult> Token>
  auto execute(std::string operation, Token&& token) {
    return execute(std::move(operation), {}, {}, std::forward<Token>(token));
  }
  template <AsyncToken<CursorResult> Token>
  auto execute(std::string operation, Parameters parameters, Token&& token) {
    return execute(std::move(operation), std::move(parameters), {}, std::forward<Token>(token));
  }

  /// Runs a statement once for each row of parameters, in one transaction.
  template <AsyncToken<CursorResult> Token = boost::asio::use_awaitable_t<>>
  auto execute_many(std::string operation, ParameterRows seq_of_parameters, ExecutionOptions options = {},
                    Token&& token = Token()) {
    return call<CursorResult>([operation = std::move(operation), rows = std::move(seq_of_parameters),
                               options](State& on) { return on.execute_many(operation, rows, options); },
                              std::forward<Token>(token));
  }
  template <AsyncToken<CursorResult> Token>
  auto execute_many(std::string operation, ParameterRows seq_of_parameters, Token&& token) {
    return execute_many(std::move(operation), std::move(seq_of_parameters), {}, std::forward<Token>(token));
  }

  /// @return the next row of the statement's result; std::nullopt when there is none (any more)
  template <AsyncToken<std::optional<Row>> Token = boost::asio::use_awaitable_t<>>
  auto fetch_one(std::string operation, FetchOptions options = {}, Token&& token = Token()) {
    return call<std::optional<Row>>([operation = std::move(operation), options = std::move(options)](
                                        State& on) { return on.fetch_one(operation, options); },
                                    std::forward<Token>(token));
  }
  template <AsyncToken<std::optional<Row>> Token>
  auto fetch_one(std::string operation, Token&& token) {
    return fetch_one(std::move(operation), {}, std::forward<Token>(token));
  }

  /// @return the next rows, at most options.size; empty when there are none (any more)
  template <AsyncToken<std::vector<Row>> Token = boost::asio::use_awaitable_t<>>
  auto fetch_many(std::string operation, FetchManyOptions options = {}, Token&& token = Token()) {
    return call<std::vector<Row>>([operation = std::move(operation), options = std::move(options)](
                                      State& on) { return on.fetch_many(operation, options); },
                                  std::forward<Token>(token));
  }
  template <AsyncToken<std::vector<Row>> Token>
  auto fetch_many(std::string operation, Token&& token) {
    return fetch_many(std::move(operation), {}, std::forward<Token>(token));
  }

  /// @return all rows that are left
  template <AsyncToken<std::vector<Row>> Token = boost::asio::use_awaitable_t<>>
  auto fetch_all(std::string operation, FetchOptions options = {}, Token&& token = Token()) {
    return call<std::vector<Row>>([operation = std::move(operation), options = std::move(options)](
                                      State& on) { return on.fetch_all(operation, options); },
                                  std::forward<Token>(token));
  }
  template <AsyncToken<std::vector<Row>> Token>
  auto fetch_all(std::string operation, Token&& token) {
    return fetch_all(std::move(operation), {}, std::forward<Token>(token));
  }

  /// Commits and closes what the fetch verbs have open.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto reset_connections(Token&& token = Token()) {
    return call<void>([](State& on) { on.reset_connections(); }, std::forward<Token>(token));
  }
  /// reset_connections(), then closes the engine. Harmless twice. The connector works again afterwards.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto close(Token&& token = Token()) {
    return call<void>([](State& on) { on.close(); }, std::forward<Token>(token));
  }

  /// The engine, made on first use. Options count on first use only; connect_args are added to the block's.
  AsyncEngine get_engine(const EngineOptions& options = {}) { return AsyncEngine(state().engine(options)); }
  /// A connection of the engine, to be closed with AsyncConnection::close. Nothing is committed unasked.
  template <AsyncToken<AsyncConnection> Token = boost::asio::use_awaitable_t<>>
  auto get_connection(Token&& token = Token()) {
    return call<AsyncConnection>([](State& on) { return AsyncConnection(on.connect(false)); },
                                 std::forward<Token>(token));
  }
  /// Whether its driver serves without blocking any thread. @throws MissingDriverError
  bool is_nonblocking() const;

  const ConnectorFields& fields() const noexcept { return fields_; }
  /// The URL; its password is hidden when printed.
  URL url() const { return fields_.url(); }

  /// prefect::Block::save. The store is a database too, and may be slow: it is asked on a worker thread.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto save(std::string name, prefect::SaveOptions options = {}, Token&& token = Token()) const {
    return detail::async_call<void>(
        boost::asio::system_executor(), detail::RunsOn::worker,
        [block = *this, name = std::move(name), options] { block.Block::save(name, options); },
        std::forward<Token>(token));
  }
  /// prefect::Block::load.
  template <AsyncToken<AsyncSqlAlchemyConnector> Token = boost::asio::use_awaitable_t<>>
  static auto load(std::string name, Token&& token = Token()) {
    return detail::async_call<AsyncSqlAlchemyConnector>(
        boost::asio::system_executor(), detail::RunsOn::worker,
        [name = std::move(name)] { return Block::load(name); }, std::forward<Token>(token));
  }
  /// prefect::Block::remove.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  static auto remove(std::string name, Token&& token = Token()) {
    return detail::async_call<void>(
        boost::asio::system_executor(), detail::RunsOn::worker,
        [name = std::move(name)] { Block::remove(name); }, std::forward<Token>(token));
  }

  // What prefect::Block needs.
  static const prefect::BlockType& block_type();
  boost::json::object to_json() const { return fields_.to_json(); }
  static AsyncSqlAlchemyConnector from_json(const boost::json::object& data);

 private:
  State& state();
  std::shared_ptr<State> shared_state();
  void end_scope() noexcept;

  template <class T, class Body, class Token>
  auto call(Body body, Token&& token) {
    return detail::async_call<T>(
        boost::asio::system_executor(), detail::RunsOn::fiber,
        [state = shared_state(), body = std::move(body)]() mutable { return body(*state); },
        std::forward<Token>(token));
  }

  ConnectorFields fields_;
  std::shared_ptr<State> state_;
};

}  // namespace prefect_sqlalchemy
