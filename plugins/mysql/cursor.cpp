// SPDX-License-Identifier: Apache-2.0
#include "cursor.hpp"

#include <utility>
#include <vector>

#include "client_extras.hpp"
#include "error.hpp"

namespace psa::mysql {

unsigned Cursor::column_count() const noexcept {
  return is_text() ? mysql_field_count(session_) : mysql_stmt_field_count(statement_);
}

bool Cursor::more_results() const noexcept {
  return is_text() ? mysql_more_results(session_) != 0 : has_more_results(statement_);
}

int64_t Cursor::affected_rows() const noexcept {
  return static_cast<int64_t>(is_text() ? mysql_affected_rows(session_)
                                        : mysql_stmt_affected_rows(statement_));
}

uint64_t Cursor::insert_id() const noexcept {
  return is_text() ? mysql_insert_id(session_) : mysql_stmt_insert_id(statement_);
}

unsigned Cursor::warnings() const noexcept {
  return is_text() ? mysql_warning_count(session_) : warning_count(statement_);
}

DriverError Cursor::error() const {
  if (is_text()) return last_error(session_);
  // While rows are read the library notes some errors with the session only.
  return mysql_stmt_errno(statement_) != 0 ? last_error(statement_) : last_error(statement_->mysql);
}

void Cursor::start(RowBatch& rows) {
  if (!is_text()) return rows.start(statement_);
  rows_ = mysql_use_result(session_);
  if (rows_ == nullptr) throw last_error(session_);
  rows.start({mysql_fetch_fields(rows_), mysql_num_fields(rows_)});
}

Cursor::Fetched Cursor::fetch() {
  if (is_text()) {
    row_ = mysql_fetch_row(rows_);
    if (row_ != nullptr) return Fetched::row;
    return mysql_errno(session_) == 0 ? Fetched::end : Fetched::error;
  }
  switch (mysql_stmt_fetch(statement_)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:  // long values are fetched by themselves
      return Fetched::row;
    case MYSQL_NO_DATA:
      return Fetched::end;
    default:
      return Fetched::error;
  }
}

void Cursor::finish() noexcept {
  if (rows_ != nullptr) mysql_free_result(std::exchange(rows_, nullptr));
}

int Cursor::next_result() {
  return is_text() ? mysql_next_result(session_) : mysql_stmt_next_result(statement_);
}

void Cursor::let_go_of_buffers() {
  if (is_text()) return;
  static char nowhere = 0;
  std::vector<MYSQL_BIND> binds(column_count(), MYSQL_BIND{});
  for (MYSQL_BIND& bind : binds) {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = &nowhere;
    bind.buffer_length = 0;
  }
  if (!binds.empty() && mysql_stmt_bind_result(statement_, binds.data()) != 0) throw last_error(statement_);
}

void Cursor::drain() noexcept {
  if (!is_text()) {
    mysql_stmt_free_result(statement_);
    while (has_more_results(statement_) && mysql_stmt_next_result(statement_) == 0)
      mysql_stmt_free_result(statement_);
    return;
  }
  for (;;) {
    finish();
    if (mysql_next_result(session_) != 0) return;
    rows_ = mysql_use_result(session_);
  }
}

}  // namespace psa::mysql
