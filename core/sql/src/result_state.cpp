#include "result_state.hpp"

#include <algorithm>
#include <utility>

namespace prefect_sqlalchemy::detail {
namespace {

constexpr std::int64_t most_bytes_at_once = std::int64_t{4} << 20;
constexpr std::int64_t all = -1;

}  // namespace

ResultState::ResultState(std::shared_ptr<PhysicalConnection> connection,
                         std::shared_ptr<PreparedStatement> statement, psa_result* handle,
                         std::uint64_t number, std::string_view sql, OperationContext::Deadline deadline)
    : shared_mutex_(connection->shared_mutex()),
      connection_(std::move(connection)),
      statement_(std::move(statement)),
      handle_(handle),
      number_(number),
      deadline_(deadline),
      info_{PSA_INIT(psa_result_info)} {
  if (statement_->sql == nullptr) statement_->sql = std::make_shared<const std::string>(sql);
  sql_ = statement_->sql;
}

ResultState::~ResultState() {
  const auto shared = lock_if_shared();
  if (handle_ == nullptr) return;
  const std::shared_ptr<PhysicalConnection> connection = connection_;
  const std::lock_guard lock(connection->mutex());
  // The connection's next user does not wait for this destructor: it has released the handle itself then.
  if (connection->has_open(number_)) close_held();
}

std::unique_lock<HoldMutex> ResultState::lock_if_shared() const {
  return shared_mutex_ == nullptr ? std::unique_lock<HoldMutex>() : std::unique_lock(*shared_mutex_);
}

bool ResultState::returns_rows() const noexcept {
  const auto shared = lock_if_shared();
  return has_rows();
}

bool ResultState::open() const noexcept {
  const auto shared = lock_if_shared();
  return handle_ != nullptr;
}

FailedOperation ResultState::failed() const {
  return {connection_->driver().name(), *sql_, &statement_->rendered};
}

void ResultState::start_held(std::chrono::steady_clock::time_point started) {
  observer_ = OperationContext::current().observer;
  if (observer_ != nullptr) {
    spent_ = std::chrono::steady_clock::now() - started;
    started_ = std::chrono::system_clock::now() -
               std::chrono::duration_cast<std::chrono::system_clock::duration>(spent_);
  }
  refresh_info_held();
  if (!has_rows() && (info_.flags & PSA_RESULT_MORE) == 0) finish_held();
}

void ResultState::refresh_info_held() {
  info_ = psa_result_info{PSA_INIT(psa_result_info)};
  connection_->table().result_info(handle_, &info_);
}

std::int64_t ResultState::rowcount() const noexcept {
  const auto shared = lock_if_shared();
  if (info_.rows_affected >= 0 || !has_rows()) return info_.rows_affected;
  return handle_ != nullptr ? -1 : rows_read_;
}

std::optional<std::int64_t> ResultState::lastrowid() const noexcept {
  const auto shared = lock_if_shared();
  if ((info_.flags & PSA_RESULT_HAS_INSERT_ID) == 0) return std::nullopt;
  return info_.last_insert_id;
}

void ResultState::require_rows() const {
  if (!has_rows()) {
    throw ResourceClosedError(
        "This result object does not return rows. It has been closed automatically.\n[SQL: " + *sql_ + "]");
  }
}

const ColumnNames& ResultState::names() {
  const auto shared = lock_if_shared();
  require_rows();
  if (names_ == nullptr && handle_ != nullptr) {
    const ConnectionHold hold(*connection_);
    ArrowSchema schema{};
    DriverCall call(*connection_, deadline_);
    call.check(connection_->table().result_schema(handle_, &schema, call.sink()), failed());
    const OwnedSchema owned(schema);
    adopt_names_held(owned);
  }
  static const ColumnNames none;
  return names_ == nullptr ? none : *names_;
}

void ResultState::adopt_names_held(const ArrowSchema& schema) {
  const auto count = static_cast<std::size_t>(schema.n_children);
  const auto name_of = [&schema](std::size_t i) -> std::string_view {
    return schema.children[i]->name == nullptr ? "" : schema.children[i]->name;
  };
  // A statement that runs again has the same names, most often: no new copy of them then.
  if (const auto& known = statement_->names; known != nullptr && known->names.size() == count) {
    bool same = true;
    for (std::size_t i = 0; same && i < count; ++i) {
      same = known->names[i] == name_of(i) &&
             known->type_names[i] == schema_metadata(*schema.children[i], "psa.type");
    }
    if (same) {
      names_ = known;
      return;
    }
  }
  auto names = std::make_shared<ColumnNames>();
  for (std::size_t i = 0; i < count; ++i) {
    names->names.emplace_back(name_of(i));
    names->type_names.push_back(schema_metadata(*schema.children[i], "psa.type"));
  }
  names_ = std::move(names);
  statement_->names = names_;
}

void ResultState::adopt_schema_held(ArrowSchema& schema) {
  // Never the old one for what the driver has told anew, whatever fails here.
  statement_->layout.reset();
  auto layout = std::make_shared<const BatchLayout>(schema);
  if (names_ == nullptr) adopt_names_held(layout->schema);
  statement_->layout = std::move(layout);
}

bool ResultState::read_batch(std::int64_t wanted) {
  if (handle_ == nullptr) {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    return false;
  }
  const std::shared_ptr<PhysicalConnection> connection = connection_;  // outlives the hold
  const ConnectionHold hold(*connection);
  return read_batch_held(wanted);
}

bool ResultState::read_batch_held(std::int64_t wanted) {
  const auto begun =
      observer_ != nullptr ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  // Small at first, so that one row costs one row; one more than wanted, so that the end is seen when it is
  // reached and the database lets go.
  psa_fetch fetch{PSA_INIT(psa_fetch)};
  if (wanted == all) {
    fetch.min_rows = fetch.max_rows = most_rows;
    fetch.max_bytes = most_bytes_at_once;
  } else {
    growth_ = std::min(std::max(2 * growth_, wanted + 1), most_rows);
    fetch.min_rows = std::min(wanted, most_rows);
    fetch.max_rows = std::max(growth_, fetch.min_rows);
    fetch.max_bytes = most_bytes;
  }
  bool got = false;
  psa_batch batch{};
  batch.struct_size = PSA_INIT(psa_batch);
  try {
    DriverCall call(*connection_, deadline_);
    call.check(connection_->table().result_next(handle_, &fetch, &batch, call.call()), failed());
    if (batch.schema.release != nullptr) adopt_schema_held(batch.schema);
    if (batch.array.release != nullptr) {
      if (names_ == nullptr) names_ = statement_->names;
      auto made = std::make_shared<const Batch>(statement_->layout, batch.array, names_);
      rows_read_ += made->row_count();
      got = made->row_count() > 0;
      if (got) batches_.push_back(std::move(made));
    }
  } catch (const std::exception& error) {
    error_ = words_of(error);
    failure_ = std::current_exception();
    if (connection_->has_open(number_)) connection_->stop_open_result();
    connection_->notice_lost_transaction(error_);
    finish_held();
    throw;
  }
  if (observer_ != nullptr) spent_ += std::chrono::steady_clock::now() - begun;
  if ((batch.flags & PSA_BATCH_LAST) != 0 || !got) {
    refresh_info_held();
    if ((info_.flags & PSA_RESULT_MORE) == 0) finish_held();
    return got;
  }
  return true;
}

void ResultState::finish_held() noexcept {
  if (handle_ == nullptr) return;
  // Names are asked for also after the end of a result without rows.
  if (names_ == nullptr && has_rows() && error_.empty()) {
    ArrowSchema schema{};
    ErrorSink sink;
    if (connection_->table().result_schema(handle_, &schema, &sink) == PSA_OK) {
      const OwnedSchema owned(schema);
      adopt_names_held(owned);
    }
  }
  connection_->table().result_release(handle_);
  connection_->forget_open(number_);
  handle_ = nullptr;
  statement_.reset();
  const Driver& driver = connection_->driver();
  connection_.reset();
  OperationObserver* observer = std::exchange(observer_, nullptr);
  // A result that outlives the scope it was made in cannot tell that scope any more.
  if (observer != nullptr && observer == OperationContext::current().observer) {
    observer->on_operation({*sql_, driver.name(), started_, spent_, rowcount(), error_});
  }
}

void ResultState::close_held() noexcept {
  batches_.clear();
  if (handle_ != nullptr && connection_->has_open(number_)) connection_->stop_open_result();
  finish_held();
}

void ResultState::read_rest_held() {
  while (handle_ != nullptr && has_rows() && (info_.flags & PSA_RESULT_FINISHED) == 0 &&
         read_batch_held(all)) {
  }
}

void ResultState::buffer_held() {
  read_rest_held();
  finish_held();
}

void ResultState::buffer() {
  const auto shared = lock_if_shared();
  if (handle_ == nullptr) return;
  const std::shared_ptr<PhysicalConnection> connection = connection_;
  const ConnectionHold hold(*connection);
  read_rest_held();
  if ((info_.flags & PSA_RESULT_MORE) == 0) finish_held();
}

void ResultState::close() {
  const auto shared = lock_if_shared();
  failure_ = nullptr;
  if (handle_ == nullptr) {
    batches_.clear();
    return;
  }
  const std::shared_ptr<PhysicalConnection> connection = connection_;
  const ConnectionHold hold(*connection);
  close_held();
}

bool ResultState::next_set() {
  const auto shared = lock_if_shared();
  if (handle_ == nullptr || connection_->table().result_next_result == nullptr) {
    batches_.clear();
    return false;
  }
  const std::shared_ptr<PhysicalConnection> connection = connection_;
  const ConnectionHold hold(*connection);
  batches_.clear();
  position_ = rows_read_ = growth_ = 0;
  names_.reset();
  statement_->names.reset();
  statement_->layout.reset();
  DriverCall call(*connection, deadline_);
  call.check(connection->table().result_next_result(handle_, call.call()), failed());
  refresh_info_held();
  const bool none = info_.kind == PSA_RESULT_NONE && (info_.flags & PSA_RESULT_MORE) == 0;
  if (!has_rows() && (info_.flags & PSA_RESULT_MORE) == 0) finish_held();
  return !none;
}

std::optional<Row> ResultState::fetch_one() {
  const auto shared = lock_if_shared();
  require_rows();
  while (batches_.empty()) {
    if (!read_batch(1)) {
      if (batches_.empty()) return std::nullopt;
    }
  }
  Row row(batches_.front(), position_);
  if (++position_ == batches_.front()->row_count()) {
    batches_.erase(batches_.begin());
    position_ = 0;
  }
  return row;
}

std::vector<Row> ResultState::fetch(std::int64_t count) {
  const auto shared = lock_if_shared();
  require_rows();
  std::vector<Row> out;
  if (count > 0) out.reserve(static_cast<std::size_t>(std::min<std::int64_t>(count, most_rows)));
  while (count != 0) {
    if (batches_.empty() && !read_batch(count < 0 ? all : count) && batches_.empty()) break;
    if (batches_.empty()) continue;
    const std::shared_ptr<const Batch>& batch = batches_.front();
    const std::int64_t left = batch->row_count() - position_;
    const std::int64_t take = count < 0 ? left : std::min(left, count);
    if (count < 0 && out.capacity() < out.size() + static_cast<std::size_t>(take)) {
      out.reserve(std::max(2 * out.size(), out.size() + static_cast<std::size_t>(take)));
    }
    for (std::int64_t i = 0; i < take; ++i) out.emplace_back(batch, position_ + i);
    if (count > 0) count -= take;
    position_ += take;
    if (take == left) {
      batches_.erase(batches_.begin());
      position_ = 0;
    }
  }
  return out;
}

std::shared_ptr<const Batch> ResultState::next_batch(std::int64_t& first) {
  const auto shared = lock_if_shared();
  require_rows();
  while (batches_.empty()) {
    if (!read_batch(most_rows / 4) && batches_.empty()) return nullptr;
  }
  std::shared_ptr<const Batch> batch = std::move(batches_.front());
  batches_.erase(batches_.begin());
  first = std::exchange(position_, 0);
  return batch;
}

}  // namespace prefect_sqlalchemy::detail
