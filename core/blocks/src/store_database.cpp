#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/blocks/store_database.hpp>

#include "store_problem.hpp"
#include "store_schema.hpp"

namespace prefect {
namespace {

using namespace std::chrono_literals;
using prefect_sqlalchemy::ConnectArgs;
using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::DatabaseError;
using prefect_sqlalchemy::Engine;
using prefect_sqlalchemy::EngineOptions;
using prefect_sqlalchemy::Error;
using prefect_sqlalchemy::IntegrityError;
using prefect_sqlalchemy::MissingDriverError;
using prefect_sqlalchemy::URL;

constexpr auto lock_timeout = 30s;  // how long SQLite itself waits for another process
constexpr auto patience = 60s;
constexpr int most_runs = 20;

std::string name_of(const URL& url) {
  return url.dialect() == "sqlite" && url.database ? *url.database : url.render();
}

Engine make_engine(const URL& url) {
  EngineOptions options;
  if (url.dialect() == "sqlite") {
    bool has_timeout = false;
    for (const auto& [key, value] : url.query) has_timeout = has_timeout || key == "timeout";
    if (!has_timeout)
      options.connect_args = ConnectArgs{{"timeout", static_cast<double>(lock_timeout.count())}};
  }
  return prefect_sqlalchemy::create_engine(url, options);
}

}  // namespace

StoreDriverMissingError::StoreDriverMissingError(const MissingDriverError& error,
                                                 const std::string& store_name)
    : MissingDriverError(error),
      text_(std::make_shared<const std::string>(
          std::string(error.what()) + "\n  needed by  the store of blocks and runs, " + store_name)) {}

StoreDatabase::StoreDatabase(URL url) : name_(name_of(url)), engine_(make_engine(url)) {}

StoreDatabase& StoreDatabase::current() {
  // Never destroyed: runs may still be recorded while other static objects end.
  static auto& mutex = *new std::mutex;
  static auto& stores = *new std::map<std::string, std::unique_ptr<StoreDatabase>>;
  URL url = store_url();
  const std::lock_guard lock(mutex);
  auto& store = stores[url.render(false)];
  if (store == nullptr) store = std::make_unique<StoreDatabase>(std::move(url));
  return *store;
}

Engine& StoreDatabase::engine() {
  if (!schema_checked_) ensure_schema();
  return engine_;
}

void StoreDatabase::ensure_schema() {
  const prefect_sqlalchemy::OperationContext none;
  const prefect_sqlalchemy::OperationContext::Scope scope(none);
  const std::lock_guard lock(schema_mutex_);
  if (schema_checked_) return;
  create_private_file();
  for (Attempts attempts(*this); !schema_checked_;) {
    try {
      check_or_create_schema();
      schema_checked_ = true;
    } catch (const Error&) {
      attempts.again_or_throw();
    }
  }
}

void StoreDatabase::create_private_file() const {
  const URL& url = engine_.url();
  if (url.dialect() != "sqlite" || !url.database || !url.database->starts_with('/') || !url.query.empty())
    return;
  // SQLite would make it readable for all. An existing file is not opened: closing it would drop the locks
  // that SQLite holds on it in this process.
  const int file = ::open(url.database->c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

void StoreDatabase::check_or_create_schema() {
  const auto stored_version = [&](Connection& connection) -> std::optional<std::int64_t> {
    try {
      auto version = connection.execute("SELECT version FROM psa_store WHERE id = 1").scalar<std::int64_t>();
      connection.rollback();
      return version;
    } catch (const DatabaseError& error) {
      if (!is_missing_table(error, engine_.url().dialect())) throw;
      connection.rollback();
      return std::nullopt;
    }
  };
  Connection connection = engine_.connect();
  auto version = stored_version(connection);
  if (!version) {
    try {
      for (const std::string& statement : store_schema_statements(engine_.url().dialect())) {
        connection.execute(statement);
      }
      connection.execute("INSERT INTO psa_store (id, version) VALUES (1, :version)",
                         {{"version", store_schema_version}});
      connection.commit();
      return;
    } catch (const IntegrityError&) {
      // Another process wrote the row in between; then its version counts.
      connection.rollback();
      version = stored_version(connection);
      if (!version) throw;
    }
  }
  if (*version == store_schema_version) return;
  throw StoreError(
      "the store " + name_ + " has schema version " + std::to_string(*version) +
      ", this library knows version " + std::to_string(store_schema_version) +
      "; it has been left as it is; upgrade prefect-sqlalchemy for C++, or name another store with "
      "PREFECT_HOME or PREFECT_SQLALCHEMY_STORE_URL");
}

StoreDatabase::Attempts::Attempts(const StoreDatabase& store)
    : store_(store), give_up_(std::chrono::steady_clock::now() + patience) {}

void StoreDatabase::Attempts::again_or_throw() {
  try {
    throw;
  } catch (const StoreError&) {
    throw;
  } catch (const StoreDriverMissingError&) {
    throw;
  } catch (const MissingDriverError& error) {
    throw StoreDriverMissingError(error, store_.name_);
  } catch (const DatabaseError& error) {
    // A lost connection may have been idle in the pool for long; a new one is worth one try. A commit whose
    // answer was lost may have happened, so it is not run again.
    const bool again = error.retryable() || (error.connection_lost() && count_ == 0);
    if (again && !error.diagnostics().maybe_applied && ++count_ < most_runs &&
        std::chrono::steady_clock::now() < give_up_) {
      thread_local std::minstd_rand random(std::random_device{}());
      const auto longest = 10 << std::min(count_, 7);
      std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % longest));
      return;
    }
    const std::string problem = store_problem(error, store_.engine_.url().dialect());
    if (problem.empty()) throw;
    throw StoreError("the store " + store_.name_ + " cannot be used: " + problem + " (" +
                         error.diagnostics().message + ")",
                     error.diagnostics());
  }
}

}  // namespace prefect
