#include "physical_connection.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <poll.h>

#include <prefect_sqlalchemy/base/log.hpp>

#include "result_state.hpp"
#include "stop_watch.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

psa_string view_of(const std::string& text) { return {text.data(), text.size()}; }

psa_string view_of(const std::optional<std::string>& text) {
  return text ? view_of(*text) : psa_string{nullptr, 0};
}

psa_option option_of(const std::string& name, const ConnectArg& value) {
  psa_option out{PSA_INIT(psa_option)};
  out.name = view_of(name);
  if (const auto* text = std::get_if<std::string>(&value)) {
    out.type = PSA_TYPE_TEXT;
    out.text = view_of(*text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.type = PSA_TYPE_INT64;
    out.integer = *integer;
  } else if (const auto* real = std::get_if<double>(&value)) {
    out.type = PSA_TYPE_DOUBLE;
    out.real = *real;
  } else {
    out.type = PSA_TYPE_BOOL;
    out.integer = std::get<bool>(value) ? 1 : 0;
  }
  return out;
}

/// The URL's query, then connect_args, which replace options of the same name.
std::vector<psa_option> options_of(const URL& url, const ConnectArgs& connect_args) {
  std::vector<psa_option> out;
  for (const auto& [name, value] : url.query) {
    const bool replaced = std::any_of(connect_args.begin(), connect_args.end(),
                                      [&name = name](const auto& entry) { return entry.name == name; });
    if (replaced) continue;
    psa_option& option = out.emplace_back(psa_option{PSA_INIT(psa_option)});
    option.type = PSA_TYPE_TEXT;
    option.flags = PSA_OPTION_FROM_URL;
    option.name = view_of(name);
    option.text = view_of(value);
  }
  for (const ConnectArgs::Entry& entry : connect_args) out.push_back(option_of(entry.name, entry.value));
  return out;
}

void log_notice(void*, const psa_error* notice) {
  log::info(std::string("the database says: ") +
            std::string(notice->message.data == nullptr ? "" : notice->message.data, notice->message.size));
}

std::int64_t nanoseconds_of(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::uint32_t isolation_of(IsolationLevel level) {
  switch (level) {
    case IsolationLevel::read_uncommitted:
      return PSA_ISOLATION_READ_UNCOMMITTED;
    case IsolationLevel::read_committed:
      return PSA_ISOLATION_READ_COMMITTED;
    case IsolationLevel::repeatable_read:
      return PSA_ISOLATION_REPEATABLE_READ;
    case IsolationLevel::snapshot:
      return PSA_ISOLATION_SNAPSHOT;
    case IsolationLevel::serializable:
      return PSA_ISOLATION_SERIALIZABLE;
    case IsolationLevel::database_default:
    case IsolationLevel::autocommit:
      break;
  }
  return PSA_ISOLATION_DEFAULT;
}

/// Waits as a pending operation asks; not for long, as it may have been told to stop.
void block_for(const psa_wait& wait) {
  pollfd polled{wait.fd, 0, 0};
  if ((wait.events & PSA_WAIT_READ) != 0) polled.events |= POLLIN;
  if ((wait.events & PSA_WAIT_WRITE) != 0) polled.events |= POLLOUT;
  std::int64_t milliseconds = 20;
  if (wait.wake_at != 0) {
    const std::int64_t left = wait.wake_at - nanoseconds_of(std::chrono::steady_clock::now());
    milliseconds = std::clamp<std::int64_t>(left / 1'000'000 + 1, 0, milliseconds);
  }
  ::poll(&polled, wait.fd < 0 ? 0 : 1, static_cast<int>(milliseconds));
}

bool is_over(const OperationContext& context) {
  return context.stop.stop_requested() ||
         (context.deadline && std::chrono::steady_clock::now() >= *context.deadline);
}

/// How long a farewell to the database may take.
constexpr std::chrono::seconds farewell{2};

}  // namespace

DriverCall::DriverCall(PhysicalConnection& connection, OperationContext::Deadline deadline,
                       IfStopped if_stopped)
    : connection_(connection), call_{PSA_INIT(psa_call), 0, &sink_, 0} {
  const OperationContext& context = context_;
  if (context.deadline && (!deadline || *context.deadline < *deadline)) deadline = context.deadline;
  if (deadline) call_.deadline = std::max<std::int64_t>(nanoseconds_of(*deadline), 1);
  if (if_stopped == IfStopped::refuse && context.stop.stop_requested()) {
    throw CancelledError("the operation was cancelled before it began");
  }
  if (!connection.nonblocking_) begin_stopping();
}

void DriverCall::begin_stopping() {
  if (connection_.cancel_ == nullptr || !context_.stop.stop_possible()) return;
  AsyncOperation* const operation = AsyncOperation::current();
  on_stop_.emplace(
      context_.stop,
      CancelOnStop{&connection_, operation == nullptr ? nullptr : operation->shared_from_this()});
}

void DriverCall::CancelOnStop::operator()() const noexcept {
  StopWatch::instance().add(*connection, operation);
}

void DriverCall::end_stopping() noexcept {
  if (!on_stop_) return;
  on_stop_.reset();  // a callback that runs ends first
  if (context_.stop.stop_requested()) StopWatch::instance().remove(connection_);
}

void DriverCall::check_failed(std::int32_t status, const FailedOperation& operation) {
  if (status == PSA_PENDING) {
    if (!on_stop_) begin_stopping();
    status = connection_.finish(status);
    if (status == PSA_OK) return;
  }
  end_stopping();
  throw_driver_error(status, sink_, operation);
}

PhysicalConnection::PhysicalConnection(const Driver& driver, const URL& url, const EngineOptions& options)
    : driver_(driver), statements_(options.statement_cache_size), transactions_(*this) {
  std::vector<psa_address> addresses;
  for (const UrlHost& host : url.hosts) {
    addresses.push_back({PSA_INIT(psa_address), host.port, view_of(host.host)});
  }
  const std::vector<psa_option> given = options_of(url, options.connect_args);
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.driver_name = view_of(url.drivername);
  args.username = view_of(url.username);
  if (url.password) args.password = view_of(url.password->reveal());
  args.database = view_of(url.database);
  args.addresses = addresses.data();
  args.address_count = addresses.size();
  args.address_size = sizeof(psa_address);
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  args.on_notice = log_notice;
  nonblocking_ = AsyncOperation::current() != nullptr && driver_.has(PSA_CAP_NONBLOCKING);
  if (nonblocking_) args.flags |= PSA_CONNECTION_NONBLOCKING;
  leave_executor();

  ErrorSink sink;
  const auto check = [&](std::int32_t status) {
    if (status != PSA_OK) throw_driver_error(status, sink, failed());
  };
  check(table().connection_new(&args, &handle_, &sink));
  try {
    // Before the first call that may wait: that one can be cancelled already.
    if (table().cancel_new != nullptr && driver_.has(PSA_CAP_CANCEL)) {
      check(table().cancel_new(handle_, &cancel_, &sink));
    }
    DriverCall call(*this, {});
    call.check(table().connection_connect(handle_, call.call()), failed());
  } catch (...) {
    if (cancel_ != nullptr) table().cancel_release(cancel_);
    table().connection_release(handle_);
    throw;
  }
  shared_ = (state().flags & PSA_STATE_PRIVATE_DATABASE) != 0;
  known_lexical_ = lexical();
}

PhysicalConnection::~PhysicalConnection() {
  leave_executor();
  if (open_handle_ != nullptr) table().result_release(open_handle_);
  statements_.clear();
  if (table().connection_close != nullptr && !broken()) {
    ErrorSink sink;
    const psa_call call{PSA_INIT(psa_call), 0, &sink,
                        nanoseconds_of(std::chrono::steady_clock::now() + farewell)};
    finish(table().connection_close(handle_, &call));  // releasing does what a failed farewell leaves
  }
  slot_.forget();
  if (cancel_ != nullptr) table().cancel_release(cancel_);
  table().connection_release(handle_);
}

std::int32_t PhysicalConnection::finish(std::int32_t status) noexcept {
  while (status == PSA_PENDING) {
    psa_wait wait{PSA_INIT(psa_wait)};
    table().connection_wait_for(handle_, &wait);
    AsyncOperation* const operation = AsyncOperation::current();
    const auto adrift_until = operation != nullptr ? operation->adrift_until() : std::nullopt;
    if (operation != nullptr && !adrift_until) {
      operation->wait_for(wait, slot_);
    } else if (adrift_until && std::chrono::steady_clock::now() > *adrift_until) {
      // The one way to end an operation that does not: its connection goes under it.
      invalid_ = true;
      open_handle_ = nullptr;
      table().connection_release(std::exchange(handle_, nullptr));
      return PSA_CANCELLED;
    } else {
      block_for(wait);
    }
    status = table().connection_resume(handle_);
  }
  return status;
}

psa_connection_state PhysicalConnection::state() const {
  psa_connection_state out{PSA_INIT(psa_connection_state)};
  if (handle_ == nullptr) {
    out.flags = PSA_STATE_BROKEN;
    return out;
  }
  table().connection_state(handle_, &out);
  return out;
}

psa_lexical PhysicalConnection::lexical() const {
  psa_lexical out{PSA_INIT(psa_lexical)};
  table().connection_lexical(handle_, &out);
  return out;
}

void PhysicalConnection::ping() {
  leave_executor();
  settle_open_result();
  if (table().connection_ping == nullptr) return;
  DriverCall call(*this, {});
  call.check(table().connection_ping(handle_, call.call()), failed());
}

bool PhysicalConnection::reset() noexcept {
  try {
    settle_for_the_end();
    // Cleaning up is not the task's own work: its deadline must not spoil it.
    const OperationContext nothing_imposed;
    const OperationContext::Scope alone(nothing_imposed);
    if (shared_) return !broken();
    transactions_.clear();
    if (broken()) return false;
    DriverCall call(*this, {});
    if (table().connection_reset != nullptr) {
      call.check(table().connection_reset(handle_, call.call()), failed());
    } else if (in_transaction()) {
      rollback();
    }
    return !broken();
  } catch (const std::exception& error) {
    log::warning(std::string("a connection is closed because it could not be reset: ") + error.what());
    return false;
  }
}

void PhysicalConnection::cancel() {
  if (cancel_ == nullptr) throw NotSupportedError("the driver " + driver_.name() + " cannot cancel");
  ErrorSink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  const std::int32_t status = table().cancel(cancel_, &call);
  if (status != PSA_OK) throw_driver_error(status, sink, failed());
}

void PhysicalConnection::settle_open_result() {
  const std::shared_ptr<ResultState> result = open_result_.lock();
  open_result_.reset();
  if (result != nullptr) {
    result->buffer_held();
  } else if (open_handle_ != nullptr) {
    table().result_release(std::exchange(open_handle_, nullptr));
  }
}

void PhysicalConnection::stop_open_result() noexcept {
  if (open_handle_ == nullptr || !is_over(OperationContext::current())) return;
  try {
    for (bool more = true; more;) {
      const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, ResultState::most_rows, ResultState::most_bytes};
      psa_batch batch{};
      batch.struct_size = PSA_INIT(psa_batch);
      DriverCall call(*this, {}, DriverCall::IfStopped::begin);
      call.check(table().result_next(open_handle_, &fetch, &batch, call.call()), failed());
      more = batch.array.release != nullptr && (batch.flags & PSA_BATCH_LAST) == 0;
      if (batch.schema.release != nullptr) batch.schema.release(&batch.schema);
      if (batch.array.release != nullptr) batch.array.release(&batch.array);
    }
  } catch (const std::exception&) {
    // As it should: it was told to stop.
  }
}

void PhysicalConnection::settle_for_the_end() noexcept {
  if (open_result_.expired()) stop_open_result();
  try {
    settle_open_result();
  } catch (const std::exception& error) {
    // Whoever still has the result is told where its rows end.
    log::debug(std::string("the rest of a result could not be read: ") + error.what());
  }
}

void PhysicalConnection::notice_lost_transaction(const std::string& why) {
  if (transactions_.empty() || (!broken() && state().transaction != PSA_TRANSACTION_NONE)) return;
  transactions_.clear();
  lost_transaction_ = why;
}

std::shared_ptr<PreparedStatement> PhysicalConnection::prepare(std::string_view sql,
                                                               const Parameters* parameters,
                                                               DriverCall& call) {
  std::shared_ptr<PreparedStatement> plain = statements_.find(sql);
  const bool known = plain != nullptr;
  if (!known) {
    const psa_lexical now = lexical();
    if (now.flags != known_lexical_.flags || now.placeholder != known_lexical_.placeholder) {
      statements_.clear();
      known_lexical_ = now;
    }
    plain = std::make_shared<PreparedStatement>(table(), StatementText(sql, now));
  }
  const auto& names = plain->text.names();
  if (parameters != nullptr) check_parameters(names, *parameters, sql);
  if (parameters == nullptr || !plain->text.expands_any()) {
    if (plain->handle != nullptr) return plain;
    prepare(*plain, sql, {}, call);
    if (!known) statements_.insert(std::string(sql), plain);
    return plain;
  }

  std::vector<std::int64_t> sizes(names.size(), -1);
  std::string key(sql);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!plain->text.expands(i)) continue;
    const Cell cell = cell_of(*parameters->find(names[i]));
    if (cell.kind == Kind::list) sizes[i] = cell.count;
    // No statement has a NUL before the sizes but one of ours.
    key += '\0' + std::to_string(sizes[i]);
  }
  if (auto cached = statements_.find(key)) return cached;
  // The plain one is kept for its parse.
  if (!known) statements_.insert(std::string(sql), plain);
  auto expanded = std::make_shared<PreparedStatement>(table(), plain->text);
  prepare(*expanded, sql, sizes, call);
  statements_.insert(std::move(key), expanded);
  return expanded;
}

void PhysicalConnection::prepare(PreparedStatement& statement, std::string_view sql,
                                 const std::vector<std::int64_t>& list_sizes, DriverCall& call) {
  statement.rendered = statement.text.render(list_sizes);
  const psa_string text = view_of(statement.rendered.sql);
  call.check(table().statement_prepare(handle_, &text, 0, &statement.handle, call.call()),
             failed(sql, &statement.rendered));
}

std::shared_ptr<ResultState> PhysicalConnection::execute(std::string_view sql, const Parameters* parameters,
                                                         const ParameterRows* rows,
                                                         OperationContext::Deadline deadline) {
  settle_open_result();
  OperationObserver* const observer = OperationContext::current().observer;
  if (observer == nullptr) return run(sql, parameters, rows, deadline, {});
  const auto started = std::chrono::steady_clock::now();
  const auto started_at = std::chrono::system_clock::now();
  try {
    return run(sql, parameters, rows, deadline, started);
  } catch (const std::exception& error) {
    const std::string words = words_of(error);
    observer->on_operation(
        {sql, driver_.name(), started_at, std::chrono::steady_clock::now() - started, -1, words});
    throw;
  }
}

std::shared_ptr<ResultState> PhysicalConnection::run(std::string_view sql, const Parameters* parameters,
                                                     const ParameterRows* rows,
                                                     OperationContext::Deadline deadline,
                                                     std::chrono::steady_clock::time_point started) {
  DriverCall call(*this, deadline);
  static const Parameters no_parameters;
  if (parameters == nullptr && rows == nullptr) parameters = &no_parameters;
  const std::shared_ptr<PreparedStatement> statement = prepare(sql, parameters, call);
  const auto& names = statement->text.names();
  psa_execute execute{PSA_INIT(psa_execute)};
  if (rows != nullptr) {
    check_parameters(names, *rows, sql);
    batch_.set(statement->rendered, names, *rows);
  } else if (!names.empty()) {
    batch_.set(statement->rendered, names, *parameters);
  }
  if (rows != nullptr || !names.empty()) {
    execute.parameter_schema = batch_.schema();
    execute.parameters = batch_.array();
  }
  psa_result* handle = nullptr;
  call.check(table().statement_execute(statement->handle, &execute, &handle, call.call()),
             failed(sql, &statement->rendered));
  return adopt(statement, handle, sql, deadline, started);
}

std::shared_ptr<ResultState> PhysicalConnection::adopt(std::shared_ptr<PreparedStatement> statement,
                                                       psa_result* handle, std::string_view sql,
                                                       OperationContext::Deadline deadline,
                                                       std::chrono::steady_clock::time_point started) {
  open_handle_ = handle;
  auto result = std::make_shared<ResultState>(shared_from_this(), std::move(statement), handle,
                                              ++open_number_, sql, deadline);
  result->start_held(started);
  if (result->open()) open_result_ = result;
  return result;
}

std::shared_ptr<ResultState> PhysicalConnection::metadata(std::uint32_t kind, std::string_view schema,
                                                          std::string_view table_name) {
  settle_open_result();
  if (table().metadata == nullptr) {
    throw NotSupportedError("the driver " + driver_.name() + " does not tell what the database holds");
  }
  psa_metadata wanted{PSA_INIT(psa_metadata), kind, {}, {}};
  if (!schema.empty()) wanted.schema = {schema.data(), schema.size()};
  if (!table_name.empty()) wanted.table = {table_name.data(), table_name.size()};
  DriverCall call(*this, {});
  psa_result* handle = nullptr;
  call.check(table().metadata(handle_, &wanted, &handle, call.call()), failed());
  auto statement = std::make_shared<PreparedStatement>(table(), StatementText("", known_lexical_));
  return adopt(std::move(statement), handle, "", {}, std::chrono::steady_clock::now());
}

std::int64_t PhysicalConnection::ingest(std::uint32_t mode, std::string_view schema,
                                        std::string_view table_name, ArrowArrayStream* rows) {
  settle_open_result();
  if (table().ingest == nullptr) {
    throw NotSupportedError("the driver " + driver_.name() + " has no bulk load; use execute_many");
  }
  psa_ingest wanted{PSA_INIT(psa_ingest), mode, {}, {table_name.data(), table_name.size()}, rows};
  if (!schema.empty()) wanted.schema = {schema.data(), schema.size()};
  DriverCall call(*this, {});
  std::int64_t affected = -1;
  call.check(table().ingest(handle_, &wanted, &affected, call.call()), failed());
  return affected;
}

void PhysicalConnection::begin() {
  settle_open_result();
  if (table().transaction_begin == nullptr) return;  // a database without transactions
  psa_begin begin{PSA_INIT(psa_begin)};
  begin.isolation = isolation_of(begin_options_.isolation_level);
  if (begin_options_.read_only) begin.flags |= PSA_BEGIN_READ_ONLY;
  if (begin_options_.deferrable) begin.flags |= PSA_BEGIN_DEFERRABLE;
  if (begin_options_.lazy) begin.flags |= PSA_BEGIN_LAZY;
  DriverCall call(*this, {});
  call.check(table().transaction_begin(handle_, &begin, call.call()), failed());
}

void PhysicalConnection::commit() {
  settle_open_result();
  if (table().transaction_commit == nullptr) return;
  DriverCall call(*this, {});
  call.check(table().transaction_commit(handle_, call.call()), failed());
}

void PhysicalConnection::rollback() {
  settle_for_the_end();
  if (table().transaction_rollback == nullptr) return;
  // Undoing must work also when the time is up or the task was told to stop.
  const OperationContext nothing_imposed;
  const OperationContext::Scope alone(nothing_imposed);
  DriverCall call(*this, {});
  call.check(table().transaction_rollback(handle_, call.call()), failed());
}

void PhysicalConnection::savepoint(std::uint32_t action, const std::string& name) {
  settle_open_result();
  if (table().transaction_savepoint == nullptr) {
    throw NotSupportedError("the driver " + driver_.name() + " has no savepoints");
  }
  const psa_string text = view_of(name);
  DriverCall call(*this, {});
  call.check(table().transaction_savepoint(handle_, action, &text, call.call()), failed());
}

bool PhysicalConnection::in_transaction() {
  return table().transaction_begin == nullptr || state().transaction != PSA_TRANSACTION_NONE;
}

}  // namespace prefect_sqlalchemy::detail
