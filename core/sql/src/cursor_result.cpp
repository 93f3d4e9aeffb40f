#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/sql/cursor_result.hpp>

#include "arrow_export.hpp"
#include "result_state.hpp"

namespace prefect_sqlalchemy {

CursorResult::CursorResult() noexcept = default;
CursorResult::CursorResult(std::shared_ptr<detail::ResultState> state) noexcept : state_(std::move(state)) {}
CursorResult::CursorResult(CursorResult&&) noexcept = default;
CursorResult& CursorResult::operator=(CursorResult&&) noexcept = default;
CursorResult::~CursorResult() = default;

detail::ResultState& CursorResult::state() const {
  if (state_ == nullptr) throw ResourceClosedError("this result has been moved from");
  return *state_;
}

bool CursorResult::returns_rows() const noexcept { return state_ != nullptr && state_->returns_rows(); }
std::int64_t CursorResult::rowcount() const noexcept { return state_ == nullptr ? -1 : state_->rowcount(); }
std::optional<std::int64_t> CursorResult::lastrowid() const noexcept {
  return state_ == nullptr ? std::nullopt : state_->lastrowid();
}
const std::vector<std::string>& CursorResult::keys() const { return state().names().names; }
const std::vector<std::string>& CursorResult::type_names() const { return state().names().type_names; }

std::optional<Row> CursorResult::fetchone() { return state().fetch_one(); }

std::vector<Row> CursorResult::fetchmany(std::int64_t size) {
  if (size < 1) throw ArgumentError("fetchmany takes a size of 1 or more, not " + std::to_string(size));
  return state().fetch(size);
}

std::vector<Row> CursorResult::fetchall() { return state().fetch(-1); }

std::optional<Row> CursorResult::first() {
  std::optional<Row> row = state().fetch_one();
  state().close();
  return row;
}

Row CursorResult::one() {
  std::optional<Row> row = one_or_none();
  if (!row) throw InvalidRequestError("No row was found when one was required");
  return *std::move(row);
}

std::optional<Row> CursorResult::one_or_none() {
  std::optional<Row> row = state().fetch_one();
  const bool another = row && state().fetch_one();
  state().close();
  if (another) throw InvalidRequestError("Multiple rows were found when exactly one was required");
  return row;
}

bool CursorResult::nextset() { return state().next_set(); }

CursorResult& CursorResult::buffer() {
  state().buffer();
  return *this;
}

bool CursorResult::buffered() const noexcept { return state_ == nullptr || !state_->open(); }

void CursorResult::close() {
  if (state_ != nullptr) state_->close();
}

void CursorResult::export_arrow(ArrowArrayStream* out, const ArrowExportOptions& options) {
  state();
  detail::export_arrow(state_, options, out);
}

}  // namespace prefect_sqlalchemy
