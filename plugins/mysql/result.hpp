// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>

#include "cursor.hpp"
#include "statement.hpp"

namespace psa::mysql {

/// What one run of a statement gave: psa_result. Rows are read from the server as they are asked for.
class Result final : public HostHeld<Result> {
 public:
  /// One without rows to read. @param rows_affected  -1 for none @param insert_id  0 for none
  static std::shared_ptr<Result> finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                          int64_t rows_affected, uint64_t insert_id);
  /// What the statement's execution brought.
  static std::shared_ptr<Result> after_execute(std::shared_ptr<Statement> statement, const Cursor& cursor);

  explicit Result(std::shared_ptr<Statement> statement) : statement_(std::move(statement)) {}
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result();

  Connection& connection() const noexcept { return statement_->connection(); }
  void info(psa_result_info& out) const noexcept;
  ArrowSchema schema() const;
  void next(const psa_fetch& fetch, psa_batch& out);
  void next_result();
  /// Gives up what is unread, from outside: who goes on reading is told.
  void cut_off() noexcept;

 private:
  using Fetched = Cursor::Fetched;

  void begin_current();
  void complete() noexcept;
  void end_failed(bool ended) noexcept;
  Fetched collect(const psa_fetch& fetch);
  void give_up() noexcept;

  std::shared_ptr<Statement> statement_;
  Cursor cursor_;
  uint32_t kind_ = PSA_RESULT_NONE;
  bool open_ = false;       // rows are unread
  bool row_waits_ = false;  // one was fetched and did not fit the last batch
  bool more_ = false;       // another result may follow
  bool cut_off_ = false;
  int64_t rows_affected_ = -1;
  uint64_t insert_id_ = 0;
  std::optional<DriverError> late_error_;  // met behind rows that had to be handed out first
};

}  // namespace psa::mysql
