#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <prefect_sqlalchemy/sql/async_call.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy {

/// An Asio completion token for an operation that gives T: `boost::asio::use_awaitable`, `use_future`, a
/// callback `void(std::exception_ptr, T)`. The default is `use_awaitable`. (Boost 1.81 cannot co_await its
/// `deferred` where an operation gives a value and its error is a std::exception_ptr.)
template <class Token, class T>
concept AsyncToken = boost::asio::completion_token_for<Token, detail::async_signature_t<T>>;

/// A loan of a database connection for awaitable use: SQLAlchemy's AsyncConnection.
///
/// Each function is an Asio operation with Asio's rules: it runs on the executor of its completion handler,
/// is ended by the handler's cancellation slot (with CancelledError), and gives its errors, the same tree as
/// Connection's, as std::exception_ptr, which co_await throws. The operation owns what it was given. It may
/// outlive this object.
///
/// What is not committed is rolled back when the connection goes back: by close(), or, should the object end
/// before, on a thread of the library's own.
/// Threads: one call at a time, from any thread; a second one at the same time is an InvalidRequestError.
class PREFECT_SQLALCHEMY_API AsyncConnection {
 public:
  /// A closed one.
  AsyncConnection() noexcept = default;
  explicit AsyncConnection(Connection connection);
  AsyncConnection(AsyncConnection&&) noexcept = default;
  AsyncConnection& operator=(AsyncConnection&& other) noexcept;
  ~AsyncConnection();

  /// Runs a function with the Connection below, as SQLAlchemy's run_sync: blocking code, in which each
  /// database call gives up the thread while it waits. The way to all that Connection can do: streaming
  /// results, savepoints, ingest.
  /// @param function  called with Connection&; owns what it uses. It holds no std::mutex and no thread-local
  ///                  state across a database call, as it may go on in another thread
  /// @return what the function returns
  template <class Function, class Token = boost::asio::use_awaitable_t<>>
  auto run_sync(Function function, Token&& token = Token()) {
    using T = std::decay_t<std::invoke_result_t<Function&, Connection&>>;
    return detail::async_call<T>(
        boost::asio::system_executor(), detail::RunsOn::fiber,
        [connection = connection_, function = std::move(function)]() mutable {
          return function(opened(connection));
        },
        std::forward<Token>(token));
  }
  /// As Connection::execute; the result has been read to its end.
  template <AsyncToken<CursorResult> Token = boost::asio::use_awaitable_t<>>
  auto execute(std::string operation, Parameters parameters = {}, ExecutionOptions options = {},
               Token&& token = Token()) {
    options.buffered = true;
    return run_sync([operation = std::move(operation), parameters = std::move(parameters),
                     options](Connection& on) { return on.execute(operation, parameters, options); },
                    std::forward<Token>(token));
  }
  template <AsyncToken<CursorResult> Token = boost::asio::use_awaitable_t<>>
  auto execute_many(std::string operation, ParameterRows rows, ExecutionOptions options = {},
                    Token&& token = Token()) {
    options.buffered = true;
    return run_sync([operation = std::move(operation), rows = std::move(rows),
                     options](Connection& on) { return on.execute_many(operation, rows, options); },
                    std::forward<Token>(token));
  }
  /// Begins a transaction that commit() or rollback() ends. Without it one begins with the first statement.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto begin(BeginOptions options = {}, Token&& token = Token()) {
    return run_sync([options](Connection& on) { begin_on(on, options); }, std::forward<Token>(token));
  }
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto commit(Token&& token = Token()) {
    return run_sync([](Connection& on) { on.commit(); }, std::forward<Token>(token));
  }
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto rollback(Token&& token = Token()) {
    return run_sync([](Connection& on) { on.rollback(); }, std::forward<Token>(token));
  }
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto ping(Token&& token = Token()) {
    return run_sync([](Connection& on) { on.ping(); }, std::forward<Token>(token));
  }
  /// Rolls back what is open and gives the database connection back. Harmless when closed.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto close(Token&& token = Token()) {
    return detail::async_call<void>(
        boost::asio::system_executor(), detail::RunsOn::fiber,
        [connection = std::exchange(connection_, nullptr)] {
          if (connection != nullptr) connection->close();
        },
        std::forward<Token>(token));
  }

  bool closed() const noexcept { return connection_ == nullptr; }
  /// Drops the database connection behind this one. @throws InvalidRequestError  it is closed
  void invalidate() { opened(connection_).invalidate(); }
  /// Ends what runs, from any thread. May block for as long as it takes to reach the server.
  Canceller canceller() const { return opened(connection_).canceller(); }

 private:
  static Connection& opened(const std::shared_ptr<Connection>& connection);
  static void begin_on(Connection& connection, const BeginOptions& options);

  std::shared_ptr<Connection> connection_;
};

/// The connections to one database for awaitable use: SQLAlchemy's AsyncEngine. Copies are handles to the
/// same one. Over drivers that can be asked to go on later (PSA_CAP_NONBLOCKING) no thread is blocked or
/// begun; over others each operation runs on one of a bounded number of worker threads. Threads: any number
/// at once.
class PREFECT_SQLALCHEMY_API AsyncEngine {
 public:
  explicit AsyncEngine(Engine engine) : engine_(std::move(engine)) {}

  /// As Engine::connect.
  template <AsyncToken<AsyncConnection> Token = boost::asio::use_awaitable_t<>>
  auto connect(ConnectOptions options = {}, Token&& token = Token()) {
    return detail::async_call<AsyncConnection>(
        boost::asio::system_executor(), detail::RunsOn::fiber,
        [engine = engine_, options]() mutable { return AsyncConnection(engine.connect(options)); },
        std::forward<Token>(token));
  }
  /// Closes idle connections, as Engine::dispose.
  template <AsyncToken<void> Token = boost::asio::use_awaitable_t<>>
  auto dispose(Token&& token = Token()) {
    return detail::async_call<void>(
        boost::asio::system_executor(), detail::RunsOn::fiber,
        [engine = engine_]() mutable { engine.dispose(); }, std::forward<Token>(token));
  }

  const URL& url() const noexcept { return engine_.url(); }
  const EngineOptions& options() const noexcept { return engine_.options(); }
  Engine::PoolStatus pool_status() const { return engine_.pool_status(); }
  /// The engine below, for code that may block: SQLAlchemy's sync_engine. Connections that either opened
  /// serve both.
  Engine sync_engine() const { return engine_; }
  /// Whether operations run without threads. @throws MissingDriverError
  bool is_nonblocking() const;

 private:
  Engine engine_;
};

PREFECT_SQLALCHEMY_API AsyncEngine create_async_engine(URL url, EngineOptions options = {});
PREFECT_SQLALCHEMY_API AsyncEngine create_async_engine(std::string_view url, EngineOptions options = {});

}  // namespace prefect_sqlalchemy
