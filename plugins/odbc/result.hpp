// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/host_held.hpp>

#include "row_batch.hpp"

namespace psa::odbc {

class Statement;

/// What one run of a statement gave: psa_result. Rows are read from the ODBC driver as they are asked for.
class Result final : public HostHeld<Result> {
 public:
  /// One without rows to read. @param rows_affected  -1 for none
  static std::shared_ptr<Result> finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                          int64_t rows_affected);
  /// What the statement's execution brought.
  static std::shared_ptr<Result> after_execute(std::shared_ptr<Statement> statement);
  /// Rows of the driver's own making, in one batch. @param schema, array  taken over
  static std::shared_ptr<Result> of_batch(std::shared_ptr<Statement> statement, const ArrowSchema& schema,
                                          const ArrowArray& array);

  explicit Result(std::shared_ptr<Statement> statement) : statement_(std::move(statement)) {}
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result();

  void info(psa_result_info& out) const noexcept;
  ArrowSchema schema() const;
  void next(const psa_fetch& fetch, psa_batch& out, int64_t deadline);
  void next_result(int64_t deadline);
  /// Gives up what is unread, from outside: who goes on reading is told.
  void cut_off() noexcept;

 private:
  using Fetched = RowBatch::Fetched;

  void begin_current(bool keeps_plan);
  bool collect(const psa_fetch& fetch);
  void complete();
  void move_on();
  void give_up() noexcept;
  void next_ready(psa_batch& out);

  std::shared_ptr<Statement> statement_;
  uint32_t kind_ = PSA_RESULT_NONE;
  bool open_ = false;     // rows are unread
  bool waiting_ = false;  // the ODBC driver stands on the next result already
  bool cut_off_ = false;
  int64_t rows_affected_ = -1;
  std::optional<DriverError> late_error_;  // met behind rows that had to be handed out first
  std::optional<psa_batch> ready_;         // of of_batch
  int64_t ready_columns_ = 0;
};

}  // namespace psa::odbc
