#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>

namespace prefect_sqlalchemy {

AsyncSqlAlchemyConnector::AsyncSqlAlchemyConnector(ConnectorFields fields) : fields_(std::move(fields)) {
  shared_state();
}

AsyncSqlAlchemyConnector::AsyncSqlAlchemyConnector(ConnectionComponents connection_info,
                                                   ConnectorOptions options)
    : AsyncSqlAlchemyConnector(
          ConnectorFields{std::move(connection_info), std::move(options.connect_args), options.fetch_size}) {}

AsyncSqlAlchemyConnector::AsyncSqlAlchemyConnector(std::string_view url, ConnectorOptions options)
    : AsyncSqlAlchemyConnector(
          ConnectorFields{std::string(url), std::move(options.connect_args), options.fetch_size}) {}

AsyncSqlAlchemyConnector::AsyncSqlAlchemyConnector(const AsyncSqlAlchemyConnector& other)
    : Block(other), fields_(other.fields_), state_(std::make_shared<State>(fields_)) {}

AsyncSqlAlchemyConnector::AsyncSqlAlchemyConnector(AsyncSqlAlchemyConnector&& other) noexcept
    : Block(std::move(other)), fields_(other.fields_), state_(std::move(other.state_)) {}

AsyncSqlAlchemyConnector& AsyncSqlAlchemyConnector::operator=(const AsyncSqlAlchemyConnector& other) {
  return *this = AsyncSqlAlchemyConnector(other);
}

AsyncSqlAlchemyConnector& AsyncSqlAlchemyConnector::operator=(AsyncSqlAlchemyConnector&& other) noexcept {
  if (this != &other) {
    end_scope();
    Block::operator=(std::move(other));
    fields_ = other.fields_;
    state_ = std::move(other.state_);
  }
  return *this;
}

AsyncSqlAlchemyConnector::~AsyncSqlAlchemyConnector() { end_scope(); }

void AsyncSqlAlchemyConnector::end_scope() noexcept {
  if (state_ == nullptr) return;
  const std::shared_ptr<State> state = std::move(state_);  // operations under way have their own share
  if (!state->has_fetches()) return;
  log::warning(
      "an AsyncSqlAlchemyConnector ends with fetches open, which are rolled back; "
      "co_await its close() to commit them");
  // That waits for the server, and this may be an executor's thread.
  detail::on_worker([state] { state->rollback_fetches(); });
}

std::shared_ptr<AsyncSqlAlchemyConnector::State> AsyncSqlAlchemyConnector::shared_state() {
  if (state_ == nullptr) {  // new, or moved from and used again
    detail::check_connector(fields_, detail::ConnectorKind::awaitable);
    state_ = std::make_shared<State>(fields_);
  }
  return state_;
}

AsyncSqlAlchemyConnector::State& AsyncSqlAlchemyConnector::state() { return *shared_state(); }

bool AsyncSqlAlchemyConnector::is_nonblocking() const {
  return create_async_engine(url(), {}).is_nonblocking();
}

const prefect::BlockType& AsyncSqlAlchemyConnector::block_type() {
  return detail::connector_block_type(detail::ConnectorKind::awaitable);
}

AsyncSqlAlchemyConnector AsyncSqlAlchemyConnector::from_json(const boost::json::object& data) {
  return AsyncSqlAlchemyConnector(ConnectorFields::from_json(data));
}

}  // namespace prefect_sqlalchemy
