#include <atomic>
#include <exception>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "fetch_cache.hpp"

namespace prefect {

DatabaseBlock::~DatabaseBlock() = default;

}  // namespace prefect

namespace prefect_sqlalchemy {

struct SqlAlchemyConnector::State {
  std::optional<Engine> engine;
  detail::FetchCache fetches;
  std::atomic<bool> busy = false;
  int exceptions_at_start = std::uncaught_exceptions();
};

namespace {

/// Marks a connector as running a call; refuses a second one.
class Call {
 public:
  explicit Call(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) {
      throw InvalidRequestError(
          "this connector is running another call in another thread; load one for each thread");
    }
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { busy_ = false; }

 private:
  std::atomic<bool>& busy_;
};

ConnectorFields fields_of(std::variant<ConnectionComponents, std::string> info, ConnectorOptions options) {
  return {std::move(info), std::move(options.connect_args), options.fetch_size};
}

Engine& engine_of(std::optional<Engine>& engine, const ConnectorFields& fields, EngineOptions options = {}) {
  if (!engine) {
    for (const ConnectArgs::Entry& entry : fields.connect_args)
      options.connect_args.set(entry.name, entry.value);
    engine.emplace(fields.url(), std::move(options));
  }
  return *engine;
}

}  // namespace

SqlAlchemyConnector::SqlAlchemyConnector(ConnectorFields fields) : fields_(std::move(fields)) {
  detail::check_connector(fields_);
  state_ = std::make_unique<State>();
}

SqlAlchemyConnector::SqlAlchemyConnector(ConnectionComponents connection_info, ConnectorOptions options)
    : SqlAlchemyConnector(fields_of(std::move(connection_info), std::move(options))) {}

SqlAlchemyConnector::SqlAlchemyConnector(std::string_view url, ConnectorOptions options)
    : SqlAlchemyConnector(fields_of(std::string(url), std::move(options))) {}

SqlAlchemyConnector::SqlAlchemyConnector(const SqlAlchemyConnector& other)
    : Block(other), fields_(other.fields_), state_(std::make_unique<State>()) {}

SqlAlchemyConnector::SqlAlchemyConnector(SqlAlchemyConnector&& other) noexcept
    : Block(std::move(other)), fields_(other.fields_), state_(std::move(other.state_)) {}

SqlAlchemyConnector& SqlAlchemyConnector::operator=(const SqlAlchemyConnector& other) {
  return *this = SqlAlchemyConnector(other);
}

SqlAlchemyConnector& SqlAlchemyConnector::operator=(SqlAlchemyConnector&& other) noexcept {
  if (this != &other) {
    end_scope();
    Block::operator=(std::move(other));
    fields_ = other.fields_;
    state_ = std::move(other.state_);
  }
  return *this;
}

SqlAlchemyConnector::~SqlAlchemyConnector() { end_scope(); }

SqlAlchemyConnector::State& SqlAlchemyConnector::state() {
  if (state_ == nullptr) state_ = std::make_unique<State>();  // moved from, and used again
  return *state_;
}

void SqlAlchemyConnector::end_scope() noexcept {
  if (state_ == nullptr) return;
  if (std::uncaught_exceptions() > state_->exceptions_at_start) {
    state_->fetches.rollback_all();
    return;
  }
  try {
    state_->fetches.commit_all();
  } catch (const std::exception& error) {
    log::error(std::string("a connector's fetches could not be committed at the end of its scope: ") +
               error.what());
    if (OperationObserver* observer = OperationContext::current().observer) {
      observer->on_lost_error(std::current_exception());
    }
  }
}

CursorResult SqlAlchemyConnector::execute(std::string_view operation, const Parameters& parameters,
                                          const ExecutionOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  // One statement commits itself: the same result as a transaction around it, without its round trips.
  Connection connection = state.fetches.connect(engine_of(state.engine, fields_),
                                                {.isolation_level = IsolationLevel::autocommit});
  CursorResult result = connection.execute(operation, parameters, options);
  result.buffer();
  connection.close();
  return result;
}

CursorResult SqlAlchemyConnector::execute_many(std::string_view operation,
                                               const ParameterRows& seq_of_parameters,
                                               const ExecutionOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  Connection connection = state.fetches.connect(engine_of(state.engine, fields_));
  CursorResult result = connection.execute_many(operation, seq_of_parameters, options);
  result.buffer();
  connection.commit();
  connection.close();
  return result;
}

namespace {

/// Reads from a cached result; one that fails gives its connection back at once.
template <class Read>
auto read_cached(detail::FetchCache& fetches, CursorResult& result, Read read) {
  try {
    return read(result);
  } catch (...) {
    if (result.returns_rows()) fetches.drop(result);
    throw;
  }
}

}  // namespace

std::optional<Row> SqlAlchemyConnector::fetch_one(std::string_view operation, const FetchOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  CursorResult& result = state.fetches.result(engine_of(state.engine, fields_), operation, options.parameters,
                                              options.execution_options);
  return read_cached(state.fetches, result, [](CursorResult& from) { return from.fetchone(); });
}

std::vector<Row> SqlAlchemyConnector::fetch_many(std::string_view operation,
                                                 const FetchManyOptions& options) {
  if (options.size < 0) {
    throw ArgumentError("fetch_many takes a size of 0 (the connector's fetch_size) or more, not " +
                        std::to_string(options.size));
  }
  State& state = this->state();
  const Call call(state.busy);
  const std::int64_t size = options.size != 0 ? options.size : fields_.fetch_size;
  CursorResult& result = state.fetches.result(engine_of(state.engine, fields_), operation, options.parameters,
                                              options.execution_options);
  return read_cached(state.fetches, result, [size](CursorResult& from) {
    if (size != 0) return from.fetchmany(size);
    from.keys();  // none are asked for, but a statement without rows is an error all the same
    return std::vector<Row>();
  });
}

std::vector<Row> SqlAlchemyConnector::fetch_all(std::string_view operation, const FetchOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  CursorResult& result = state.fetches.result(engine_of(state.engine, fields_), operation, options.parameters,
                                              options.execution_options);
  return read_cached(state.fetches, result, [](CursorResult& from) { return from.fetchall(); });
}

void SqlAlchemyConnector::reset_connections() {
  State& state = this->state();
  const Call call(state.busy);
  state.fetches.commit_all();
}

void SqlAlchemyConnector::close() {
  State& state = this->state();
  const Call call(state.busy);
  // The engine goes also when a commit fails: what cannot be committed must not be committed later.
  const auto engine = std::exchange(state.engine, std::nullopt);
  try {
    state.fetches.commit_all();
  } catch (...) {
    if (engine) Engine(*engine).dispose();
    throw;
  }
  if (engine) Engine(*engine).dispose();
}

Engine SqlAlchemyConnector::get_engine(EngineOptions options) {
  State& state = this->state();
  const Call call(state.busy);
  return engine_of(state.engine, fields_, std::move(options));
}

Connection SqlAlchemyConnector::get_connection(bool begin) {
  State& state = this->state();
  const Call call(state.busy);
  Connection connection = state.fetches.connect(engine_of(state.engine, fields_));
  if (begin) connection.commit_on_close();
  return connection;
}

std::variant<Engine, Connection> SqlAlchemyConnector::get_client(std::string_view client_type) {
  if (client_type == "engine") return get_engine();
  if (client_type == "connection") return get_connection(false);
  throw ArgumentError("'" + std::string(client_type) +
                      "' is not supported; choose from engine or connection.");
}

const prefect::BlockType& SqlAlchemyConnector::block_type() { return detail::connector_block_type(); }

SqlAlchemyConnector SqlAlchemyConnector::from_json(const boost::json::object& data) {
  return SqlAlchemyConnector(ConnectorFields::from_json(data));
}

}  // namespace prefect_sqlalchemy
