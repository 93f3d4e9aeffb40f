#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/sql/cursor_result.hpp>

#include "arrow_export.hpp"
#include "result_state.hpp"

namespace prefect_sqlalchemy {

CursorResult::CursorResult(std::shared_ptr<detail::ResultState> state) noexcept : state_(std::move(state)) {}
CursorResult::CursorResult(CursorResult&&) noexcept = default;
CursorResult& CursorResult::operator=(CursorResult&&) noexcept = default;
CursorResult::~CursorResult() = default;

bool CursorResult::returns_rows() const noexcept { return state_->returns_rows(); }
std::int64_t CursorResult::rowcount() const noexcept { return state_->rowcount(); }
std::optional<std::int64_t> CursorResult::lastrowid() const noexcept { return state_->lastrowid(); }
const std::vector<std::string>& CursorResult::keys() const { return state_->names().names; }
const std::vector<std::string>& CursorResult::type_names() const { return state_->names().type_names; }

std::optional<Row> CursorResult::fetchone() { return state_->fetch_one(); }

std::vector<Row> CursorResult::fetchmany(std::int64_t size) {
  if (size < 1) throw ArgumentError("fetchmany takes a size of 1 or more, not " + std::to_string(size));
  return state_->fetch(size);
}

std::vector<Row> CursorResult::fetchall() { return state_->fetch(-1); }

std::optional<Row> CursorResult::first() {
  std::optional<Row> row = state_->fetch_one();
  state_->close();
  return row;
}

Row CursorResult::one() {
  std::optional<Row> row = one_or_none();
  if (!row) throw InvalidRequestError("No row was found when one was required");
  return *std::move(row);
}

std::optional<Row> CursorResult::one_or_none() {
  std::optional<Row> row = state_->fetch_one();
  const bool another = row && state_->fetch_one();
  state_->close();
  if (another) throw InvalidRequestError("Multiple rows were found when exactly one was required");
  return row;
}

bool CursorResult::nextset() { return state_->next_set(); }

CursorResult& CursorResult::buffer() {
  state_->buffer();
  return *this;
}

bool CursorResult::buffered() const noexcept { return !state_->open(); }

void CursorResult::close() { state_->close(); }

void CursorResult::export_arrow(ArrowArrayStream* out, const ArrowExportOptions& options) {
  detail::export_arrow(state_, options, out);
}

}  // namespace prefect_sqlalchemy
