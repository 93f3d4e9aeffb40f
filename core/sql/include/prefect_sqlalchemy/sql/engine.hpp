#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <prefect_sqlalchemy/sql/connection.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

namespace prefect_sqlalchemy {

namespace detail {
class Pool;
}

/// One of connect_args: handed to the database's client by its own name.
using ConnectArg = std::variant<std::string, std::int64_t, double, bool>;

/// connect_args: `{{"timeout", 1.0}, {"foreign_keys", true}}`. Integers and texts of every C++ type go in.
class PREFECT_SQLALCHEMY_API ConnectArgs {
 public:
  struct Entry {
    template <class T>
    Entry(std::string entry_name, T entry_value) : name(std::move(entry_name)) {
      if constexpr (std::is_same_v<T, bool>) {
        value = entry_value;
      } else if constexpr (std::is_integral_v<T>) {
        value = static_cast<std::int64_t>(entry_value);
      } else if constexpr (std::is_floating_point_v<T>) {
        value = static_cast<double>(entry_value);
      } else if constexpr (std::is_same_v<T, ConnectArg>) {
        value = std::move(entry_value);
      } else {
        value = std::string(std::move(entry_value));
      }
    }
    std::string name;
    ConnectArg value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  ConnectArgs() = default;
  ConnectArgs(std::initializer_list<Entry> entries) : entries_(entries) {}

  void set(std::string name, ConnectArg value);
  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  friend bool operator==(const ConnectArgs&, const ConnectArgs&) = default;

 private:
  std::vector<Entry> entries_;
};

/// SQLAlchemy's create_engine arguments, with its names and defaults.
struct EngineOptions {
  ConnectArgs connect_args = {};
  /// Connections kept when idle; 0: no limit to how many are open.
  int pool_size = 5;
  /// Connections beyond pool_size, closed when they come back; -1: no limit.
  int max_overflow = 10;
  /// How long to wait for a connection when all are out.
  std::chrono::milliseconds pool_timeout{30'000};
  /// Connections older than this are replaced; negative: never.
  std::chrono::seconds pool_recycle{-1};
  /// Ask an idle connection whether it is alive before lending it.
  bool pool_pre_ping = false;
  /// Lend the connection that came back last, not first: idle ones can then time out on the server.
  bool pool_use_lifo = false;
  /// For all connections, unless connect() says otherwise.
  IsolationLevel isolation_level = IsolationLevel::database_default;
  /// Prepared statements kept for each connection, least recently used dropped first; 0: none.
  std::size_t statement_cache_size = 100;
};

/// The connections to one database: SQLAlchemy's Engine. Copies are handles to the same one; the last one
/// gone closes what is idle. Making one connects to nothing and needs no driver.
/// Threads: any number at once.
class PREFECT_SQLALCHEMY_API Engine {
 public:
  Engine(URL url, EngineOptions options);

  /// Lends a connection: an idle one, a new one, or one that comes back in time.
  /// @throws MissingDriverError  no plugin is installed for the URL's driver
  /// @throws PoolTimeoutError    all are out, for longer than pool_timeout
  /// @throws OperationalError    the database cannot be reached or refuses
  Connection connect(const ConnectOptions& options = {});
  /// Runs a function in a transaction: commits when it returns, rolls back when it throws.
  /// @return what the function returns
  template <class Function>
  auto begin(Function&& function) -> decltype(function(std::declval<Connection&>())) {
    Connection connection = connect();
    Transaction transaction = connection.begin();
    if constexpr (std::is_void_v<decltype(function(connection))>) {
      std::forward<Function>(function)(connection);
      transaction.commit();
    } else {
      auto result = std::forward<Function>(function)(connection);
      transaction.commit();
      return result;
    }
  }

  /// Closes idle connections; lent ones are closed when they come back. The engine can be used again.
  void dispose();

  const URL& url() const noexcept;
  const EngineOptions& options() const noexcept;

  struct PoolStatus {
    int idle = 0;  ///< open, waiting to be lent
    int lent = 0;
  };
  PoolStatus pool_status() const;

 private:
  std::shared_ptr<detail::Pool> pool_;
};

/// @throws ArgumentError  the URL or an option is wrong
PREFECT_SQLALCHEMY_API Engine create_engine(URL url, EngineOptions options = {});
PREFECT_SQLALCHEMY_API Engine create_engine(std::string_view url, EngineOptions options = {});

}  // namespace prefect_sqlalchemy
