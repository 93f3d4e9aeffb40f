#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include <prefect_sqlalchemy/blocks/store_error.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

namespace prefect {

/// The database that holds block documents and recorded runs, reached through the library's own engine.
///
/// Its tables (their names begin with "psa_", so that they can stand beside others in a shared database)
/// are created when it is first used, once for all processes. Statements run here with an empty
/// OperationContext: they are never recorded, and a task's deadline does not end them.
/// Making one connects to nothing. Threads: any number at once.
class PREFECT_SQLALCHEMY_API StoreDatabase {
 public:
  /// @param url  as store_url() gives
  /// @throws ArgumentError  it has no valid driver name
  explicit StoreDatabase(prefect_sqlalchemy::URL url);
  StoreDatabase(const StoreDatabase&) = delete;
  StoreDatabase& operator=(const StoreDatabase&) = delete;

  /// The store that the environment names now (see settings.hpp). One for each URL, kept until the process
  /// ends, so the reference stays valid after the environment changed.
  static StoreDatabase& current();

  /// The store as messages name it: the file's path, or the URL with its password hidden.
  const std::string& name() const noexcept { return name_; }

  /// The engine, with the tables in place. Whoever uses it directly puts an empty OperationContext in place.
  /// @throws MissingDriverError  the store's driver is not installed; the text names the store
  /// @throws StoreError          the store cannot be used
  prefect_sqlalchemy::Engine& engine();

  /// Runs a function that only reads. @return what it returns, which must own its values or hold Rows
  /// @throws as engine()
  template <class Function>
  auto read(Function function) {
    return run(function, false);
  }

  /// Runs a function in a transaction and commits it. It is run again, in a new transaction, when another
  /// process was in the way (SQLite busy, a serialisation failure), for about a minute; so it must be
  /// harmless to run it twice. To take SQLite's write lock at once, let its first statement write.
  /// @return what the function returns
  /// @throws as engine(); an exception of the function itself rolls back and comes out as it is
  template <class Function>
  auto write(Function function) {
    return run(function, true);
  }

 private:
  /// Counts the runs of one operation and decides about another one.
  class PREFECT_SQLALCHEMY_API Attempts {
   public:
    explicit Attempts(const StoreDatabase& store);
    /// Call it in a catch block: waits a little and returns if the error calls for another run; otherwise
    /// throws it, in the store's words.
    void again_or_throw();

   private:
    const StoreDatabase& store_;
    std::chrono::steady_clock::time_point give_up_;
    int count_ = 0;
  };

  template <class Function>
  auto run(Function& function, bool commit)
      -> decltype(function(std::declval<prefect_sqlalchemy::Connection&>())) {
    const prefect_sqlalchemy::OperationContext none;
    const prefect_sqlalchemy::OperationContext::Scope scope(none);
    for (Attempts attempts(*this);;) {
      try {
        prefect_sqlalchemy::Connection connection = engine().connect();
        if constexpr (std::is_void_v<decltype(function(connection))>) {
          function(connection);
          if (commit) connection.commit();
          return;
        } else {
          auto result = function(connection);
          if (commit) connection.commit();
          return result;
        }
      } catch (const prefect_sqlalchemy::Error&) {
        attempts.again_or_throw();
      }
    }
  }

  void ensure_schema();
  void check_or_create_schema();
  void create_private_file() const;

  std::string name_;
  prefect_sqlalchemy::Engine engine_;
  std::mutex schema_mutex_;
  std::atomic<bool> schema_checked_ = false;
};

}  // namespace prefect
