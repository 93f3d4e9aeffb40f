// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "error.hpp"
#include "library.hpp"
#include "product.hpp"
#include "statement.hpp"

namespace psa::sqlite {
namespace {

// Between two looks at cancel and deadline: some 10 to 50 microseconds of work.
constexpr int operations_between_looks = 1000;

// Pauses between attempts to get a lock. A waiting cancel wakes at once, a freed lock can't.
constexpr std::array<int64_t, 5> pauses_ms = {1, 1, 2, 3, 5};

}  // namespace

std::shared_ptr<Connection> Connection::create(const psa_connection_args& args) {
  return std::make_shared<Connection>(read_settings(args));
}

Connection::Connection(Settings settings) : settings_(std::move(settings)) {}

void Connection::release() noexcept {
  disconnect();
  HostHeld::release();
}

void Connection::throw_not_open() const {
  throw invalid_state(state_ == State::made ? "the connection has not been opened"
                                            : "the connection is closed");
}

template <class Action>
void Connection::in_operation(int64_t deadline, Action&& action) {
  database();
  const auto running = operation_->begin(deadline);
  try {
    action();
  } catch (const TransactionFailure& failure) {
    fail(failure.code);
  }
}

void Connection::connect(int64_t deadline) {
  if (state_ != State::made) throw invalid_state("the connection has been opened before");
  const auto running = operation_->begin(deadline);
  const char* vfs = settings_.vfs.empty() ? nullptr : settings_.vfs.c_str();
  const int code = sqlite3_open_v2(settings_.filename.c_str(), &database_, settings_.open_flags, vfs);
  state_ = State::closed;
  if (code != SQLITE_OK) {
    DriverError error =
        database_ == nullptr ? make_error(code, sqlite3_errstr(code)) : last_error(database_, code);
    sqlite3_close_v2(std::exchange(database_, nullptr));
    throw error.with_detail("file: " + settings_.filename);
  }
  try {
    sqlite3_extended_result_codes(database_, 1);
    sqlite3_busy_handler(database_, &on_busy, this);
    sqlite3_progress_handler(database_, operations_between_looks, &on_progress, this);
    unlock(*this, settings_);
    if (const int added = add_pragma_functions(database_); added != SQLITE_OK) fail(added);
    apply_settings();
    transaction_.open(database_, settings_.begin);
    state_ = State::open;
  } catch (...) {
    disconnect();
    throw;
  }
}

void Connection::apply_settings() {
  if (settings_.foreign_keys)
    run(*settings_.foreign_keys ? "PRAGMA foreign_keys = 1" : "PRAGMA foreign_keys = 0");
  if (!settings_.journal_mode.empty()) run("PRAGMA journal_mode = " + settings_.journal_mode);
}

void Connection::run(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Connection::close(int64_t deadline) {
  if (state_ == State::open) {
    const auto running = operation_->begin(deadline);
    disconnect();
  }
  state_ = State::closed;
}

void Connection::ping(int64_t deadline) {
  // There is no server that could be gone.
  database();
  const auto running = operation_->begin(deadline);
}

void Connection::reset(int64_t deadline) {
  in_operation(deadline, [&] {
    end_results();
    transaction_.rollback();
  });
}

void Connection::begin(const psa_begin& begin, int64_t deadline) {
  in_operation(deadline, [&] { transaction_.begin(begin); });
}

void Connection::commit(int64_t deadline) {
  in_operation(deadline, [&] { transaction_.commit(); });
}

void Connection::rollback(int64_t deadline) {
  in_operation(deadline, [&] { transaction_.rollback(); });
}

void Connection::savepoint(uint32_t action, std::string_view name, int64_t deadline) {
  in_operation(deadline, [&] { transaction_.savepoint(action, name); });
}

void Connection::state(psa_connection_state& out) const noexcept {
  if (settings_.is_private) out.flags = PSA_STATE_PRIVATE_DATABASE;
  out.transaction = transaction_.state();
}

void Connection::lexical(psa_lexical& out) const noexcept {
  out.placeholder = PSA_PLACEHOLDER_NUMBERED;
  out.flags = PSA_LEXICAL_BACKTICK_QUOTE | PSA_LEXICAL_BRACKET_QUOTE;
  out.identifier_quote = '"';
}

void Connection::remove(Statement& statement) noexcept {
  // Most are released soon after they were prepared, so the search begins at the end.
  const auto found = std::find(statements_.rbegin(), statements_.rend(), &statement);
  if (found == statements_.rend()) return;
  *found = statements_.back();
  statements_.pop_back();
}

void Connection::end_results() noexcept {
  for (Statement* statement : statements_) statement->end_result();
}

void Connection::disconnect() noexcept {
  if (database_ == nullptr) return;
  const NoWaiting no_waiting(*this);
  // With all statements gone closing rolls back; it would wait for them otherwise.
  for (Statement* statement : statements_) statement->detach();
  statements_.clear();
  transaction_.close();
  sqlite3_close_v2(std::exchange(database_, nullptr));
  state_ = State::closed;
}

void Connection::fail(int code, int64_t text_begin) {
  transaction_.after_failure();
  const Operation::Stop stop = operation_->stopped();
  const int primary = code & 0xFF;
  if (stop != Operation::Stop::no && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY)) {
    throw Operation::error(stop, primary == SQLITE_BUSY ? "waiting for a lock: database is locked" : "")
        .with_vendor_code(sqlite3_extended_errcode(database_));
  }
  throw last_error(database_, code, text_begin);
}

int Connection::on_progress(void* self) noexcept {
  auto* connection = static_cast<Connection*>(self);
  return connection->operation_->stop() != Operation::Stop::no ? 1 : 0;
}

int Connection::on_busy(void* self, int count) noexcept {
  try {
    return static_cast<Connection*>(self)->wait_for_lock(count) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

bool Connection::wait_for_lock(int count) {
  if (!may_wait_) return false;
  const int64_t now = monotonic_now();
  if (count == 0) waiting_since_ = now;
  const int64_t left = settings_.timeout - (now - waiting_since_);
  if (left <= 0) return false;
  const auto step = std::min(static_cast<size_t>(count), pauses_ms.size() - 1);
  return operation_->wait(std::min(left, pauses_ms[step] * 1'000'000)) == Operation::Stop::no;
}

}  // namespace psa::sqlite
