#include <mutex>
#include <utility>

#include <prefect_sqlalchemy/connector/connector_state.hpp>

#include "fetch_cache.hpp"

namespace prefect_sqlalchemy::detail {

struct ConnectorState::Members {
  std::mutex mutex;
  std::optional<Engine> engine;  // guarded
  FetchCache fetches;
};

namespace {

/// Reads from a cached result; one that fails gives its connection back at once.
template <class Read>
auto read_claimed(FetchCache::Claim claim, Read read) {
  try {
    return read(claim.result());
  } catch (...) {
    if (claim.result().returns_rows()) claim.drop();
    throw;
  }
}

}  // namespace

ConnectorState::ConnectorState(ConnectorFields fields)
    : fields_(std::move(fields)), members_(std::make_unique<Members>()) {}

ConnectorState::~ConnectorState() = default;

Engine ConnectorState::engine(const EngineOptions& options) {
  const std::lock_guard lock(members_->mutex);
  if (!members_->engine) {
    EngineOptions chosen = options;
    for (const ConnectArgs::Entry& entry : fields_.connect_args) {
      chosen.connect_args.set(entry.name, entry.value);
    }
    members_->engine.emplace(fields_.url(), std::move(chosen));
  }
  return *members_->engine;
}

CursorResult ConnectorState::execute(std::string_view operation, const Parameters& parameters,
                                     const ExecutionOptions& options) {
  Engine used = engine();
  // One statement commits itself: the same result as a transaction around it, without its round trips.
  Connection connection = members_->fetches.connect(used, {.isolation_level = IsolationLevel::autocommit});
  CursorResult result = connection.execute(operation, parameters, options);
  result.buffer();
  connection.close();
  return result;
}

CursorResult ConnectorState::execute_many(std::string_view operation, const ParameterRows& rows,
                                          const ExecutionOptions& options) {
  Engine used = engine();
  Connection connection = members_->fetches.connect(used);
  CursorResult result = connection.execute_many(operation, rows, options);
  result.buffer();
  connection.commit();
  connection.close();
  return result;
}

std::optional<Row> ConnectorState::fetch_one(std::string_view operation, const FetchOptions& options) {
  Engine used = engine();
  return read_claimed(members_->fetches.claim(used, operation, options.parameters, options.execution_options),
                      [](CursorResult& from) { return from.fetchone(); });
}

std::vector<Row> ConnectorState::fetch_many(std::string_view operation, const FetchManyOptions& options) {
  if (options.size < 0) {
    throw ArgumentError("fetch_many takes a size of 0 (the connector's fetch_size) or more, not " +
                        std::to_string(options.size));
  }
  const std::int64_t size = options.size != 0 ? options.size : fields_.fetch_size;
  Engine used = engine();
  return read_claimed(
      members_->fetches.claim(used, operation, options.parameters, options.execution_options),
      [size](CursorResult& from) {
        if (size != 0) return from.fetchmany(size);
        from.keys();  // none are asked for, but a statement without rows is an error all the same
        return std::vector<Row>();
      });
}

std::vector<Row> ConnectorState::fetch_all(std::string_view operation, const FetchOptions& options) {
  Engine used = engine();
  return read_claimed(members_->fetches.claim(used, operation, options.parameters, options.execution_options),
                      [](CursorResult& from) { return from.fetchall(); });
}

void ConnectorState::reset_connections() { members_->fetches.commit_all(); }

void ConnectorState::rollback_fetches() noexcept { members_->fetches.rollback_all(); }

void ConnectorState::close() {
  // The engine goes also when a commit fails: what cannot be committed must not be committed later.
  std::optional<Engine> used;
  {
    const std::lock_guard lock(members_->mutex);
    used = std::exchange(members_->engine, std::nullopt);
  }
  try {
    members_->fetches.commit_all();
  } catch (...) {
    if (used) used->dispose();
    throw;
  }
  if (used) used->dispose();
}

Connection ConnectorState::connect(bool begin) {
  Engine used = engine();
  Connection connection = members_->fetches.connect(used);
  if (begin) connection.commit_on_close();
  return connection;
}

bool ConnectorState::has_fetches() const noexcept { return !members_->fetches.empty(); }

}  // namespace prefect_sqlalchemy::detail
