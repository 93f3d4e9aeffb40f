// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/host_held.hpp>

#include "session.hpp"

namespace psa::postgres {

class Statement;

/// What one run of a statement gave: psa_result. Rows are read from the connection as they are asked for.
class Result final : public HostHeld<Result> {
 public:
  explicit Result(std::shared_ptr<Statement> statement) : statement_(std::move(statement)) {}
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result();
  void release() noexcept;

  Session& session() const noexcept;
  void info(psa_result_info& out) const noexcept;
  ArrowSchema schema() const;

  // Operations.
  Task<> next(const psa_fetch& fetch, psa_batch& out);
  Task<> next_result();

  // For statements.

  /// Rows follow. @param first  the first row, or the end of none
  void open(ResultHandle first, bool pipelined);
  /// Several statements in one text: move_on() comes to the first one's result.
  void open_several();
  /// Ends the result, whose first came without a row, at once.
  Task<> look_ahead();
  /// Goes to the next statement's result, or to the end.
  Task<> move_on();
  /// No rows: what the command says of itself.
  void set_done(const PGresult* command);
  void set_done_count(int64_t count) noexcept;

  /// The connection goes, or was reset: who goes on reading is told.
  void cut_off() noexcept;

 private:
  enum class Collected : uint8_t { some, too_few, all };
  /// Takes the rows that are here into the batch; the one that ends them, too.
  Collected collect(const psa_fetch& fetch);
  Collected end_rows(ResultHandle last);
  Task<> next_by_waiting(const psa_fetch& fetch, psa_batch& out, Collected collected);
  void deliver(psa_batch& out);

  /// The command is over: reads what closes it, and lets go of the connection.
  Task<> end_stream();
  /// The same, if it is done without waiting. @return whether it is
  bool end_stream_now();
  void close_stream() noexcept;
  void note_end(const PGresult* command);
  DriverError failed(const PGresult* result);

  std::shared_ptr<Statement> statement_;
  uint32_t kind_ = PSA_RESULT_NONE;
  bool open_ = false;       // rows are unread
  bool streaming_ = false;  // the connection is this result's
  bool several_ = false;
  bool pipelined_ = false;
  bool cut_off_ = false;
  int64_t rows_affected_ = -1;
  ResultHandle pending_;                   // taken from libpq, and not yet in a batch
  std::optional<DriverError> late_error_;  // met behind rows that had to be handed out first
};

}  // namespace psa::postgres
