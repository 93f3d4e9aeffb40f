// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>

#include "row_batch.hpp"

namespace psa::sqlite {

class Statement;

/// What one run of a statement gave: psa_result. With rows unread, its statement stands on the next one:
/// one step is made ahead, so that a result read to its end has let go of its locks.
class Result final {
 public:
  /// One without rows to read. @param rows_affected  -1 for none
  static std::unique_ptr<Result> finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                          int64_t rows_affected);

  /// One with rows, the statement's open result. @param is_insert  whether it may have an insert id
  Result(std::shared_ptr<Statement> statement, bool is_insert);
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result();

  void info(psa_result_info& out) const noexcept;
  ArrowSchema schema() const;
  void next(const psa_fetch& fetch, psa_batch& out, int64_t deadline);

  void set_insert_id(int64_t id) noexcept { insert_id_ = id; }
  /// The statement has run to its end: notes what it changed and lets go of it.
  void complete() noexcept;
  /// Gives up what is unread. The statement may run again.
  void end() noexcept;
  /// As end(), from outside: who goes on reading is told.
  void cut_off() noexcept;

 private:
  int collect(const psa_fetch& fetch);
  DriverError undecodable(int column) const;

  std::shared_ptr<Statement> statement_;
  std::shared_ptr<const ResultColumns> columns_;
  uint32_t kind_ = PSA_RESULT_NONE;
  bool is_insert_ = false;
  bool open_ = false;  // rows are unread
  bool cut_off_ = false;
  int64_t rows_affected_ = -1;
  std::optional<int64_t> insert_id_;
  std::optional<DriverError> late_error_;  // met behind rows that had to be handed out first
};

}  // namespace psa::sqlite
