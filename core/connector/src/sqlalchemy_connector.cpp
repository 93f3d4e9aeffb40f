#include <atomic>
#include <exception>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/connector/connector_state.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

namespace prefect {

DatabaseBlock::~DatabaseBlock() = default;

}  // namespace prefect

namespace prefect_sqlalchemy {

struct SqlAlchemyConnector::State {
  explicit State(ConnectorFields fields) : connector(std::move(fields)) {}

  detail::ConnectorState connector;
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

}  // namespace

SqlAlchemyConnector::SqlAlchemyConnector(ConnectorFields fields) : fields_(std::move(fields)) {
  detail::check_connector(fields_, detail::ConnectorKind::blocking);
  state_ = std::make_unique<State>(fields_);
}

SqlAlchemyConnector::SqlAlchemyConnector(ConnectionComponents connection_info, ConnectorOptions options)
    : SqlAlchemyConnector(fields_of(std::move(connection_info), std::move(options))) {}

SqlAlchemyConnector::SqlAlchemyConnector(std::string_view url, ConnectorOptions options)
    : SqlAlchemyConnector(fields_of(std::string(url), std::move(options))) {}

SqlAlchemyConnector::SqlAlchemyConnector(const SqlAlchemyConnector& other)
    : Block(other), fields_(other.fields_), state_(std::make_unique<State>(other.fields_)) {}

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
  if (state_ == nullptr) state_ = std::make_unique<State>(fields_);  // moved from, and used again
  return *state_;
}

void SqlAlchemyConnector::end_scope() noexcept {
  if (state_ == nullptr) return;
  if (std::uncaught_exceptions() > state_->exceptions_at_start) {
    state_->connector.rollback_fetches();
    return;
  }
  try {
    state_->connector.reset_connections();
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
  return state.connector.execute(operation, parameters, options);
}

CursorResult SqlAlchemyConnector::execute_many(std::string_view operation,
                                               const ParameterRows& seq_of_parameters,
                                               const ExecutionOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.execute_many(operation, seq_of_parameters, options);
}

std::optional<Row> SqlAlchemyConnector::fetch_one(std::string_view operation, const FetchOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.fetch_one(operation, options);
}

std::vector<Row> SqlAlchemyConnector::fetch_many(std::string_view operation,
                                                 const FetchManyOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.fetch_many(operation, options);
}

std::vector<Row> SqlAlchemyConnector::fetch_all(std::string_view operation, const FetchOptions& options) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.fetch_all(operation, options);
}

void SqlAlchemyConnector::reset_connections() {
  State& state = this->state();
  const Call call(state.busy);
  state.connector.reset_connections();
}

void SqlAlchemyConnector::close() {
  State& state = this->state();
  const Call call(state.busy);
  state.connector.close();
}

Engine SqlAlchemyConnector::get_engine(EngineOptions options) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.engine(options);
}

Connection SqlAlchemyConnector::get_connection(bool begin) {
  State& state = this->state();
  const Call call(state.busy);
  return state.connector.connect(begin);
}

std::variant<Engine, Connection> SqlAlchemyConnector::get_client(std::string_view client_type) {
  if (client_type == "engine") return get_engine();
  if (client_type == "connection") return get_connection(false);
  throw ArgumentError("'" + std::string(client_type) +
                      "' is not supported; choose from engine or connection.");
}

const prefect::BlockType& SqlAlchemyConnector::block_type() {
  return detail::connector_block_type(detail::ConnectorKind::blocking);
}

SqlAlchemyConnector SqlAlchemyConnector::from_json(const boost::json::object& data) {
  return SqlAlchemyConnector(ConnectorFields::from_json(data));
}

}  // namespace prefect_sqlalchemy
