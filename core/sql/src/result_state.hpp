#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

#include <prefect_sqlalchemy/sql/cursor_result.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "physical_connection.hpp"

namespace prefect_sqlalchemy::detail {

/// A result: what has been read of it, and, until it is finished, the driver's handle to the rest.
/// Whoever calls a function that reads holds no lock; the functions named *_held are for holders.
class ResultState {
 public:
  /// Of one batch, where not all rows are wanted at once.
  static constexpr std::int64_t most_rows = 65'536;
  static constexpr std::int64_t most_bytes = std::int64_t{1} << 20;

  /// @param number  the connection's, of this open result
  ResultState(std::shared_ptr<PhysicalConnection> connection, std::shared_ptr<PreparedStatement> statement,
              psa_result* handle, std::uint64_t number, std::string_view sql,
              OperationContext::Deadline deadline);
  ResultState(const ResultState&) = delete;
  ResultState& operator=(const ResultState&) = delete;
  ~ResultState();

  bool returns_rows() const noexcept;
  std::int64_t rowcount() const noexcept;
  std::optional<std::int64_t> lastrowid() const noexcept;
  const ColumnNames& names();
  bool open() const noexcept;

  std::optional<Row> fetch_one();
  /// At most `count` rows; negative: all.
  std::vector<Row> fetch(std::int64_t count);
  /// The next whole batch, or nullptr. For Arrow; rows already given are skipped by `first`.
  std::shared_ptr<const Batch> next_batch(std::int64_t& first);
  bool next_set();
  void buffer();
  void close();

  void start_held(std::chrono::steady_clock::time_point started);
  void buffer_held();
  void close_held() noexcept;

 private:
  /// Other leases of a shared connection read this result into memory when they need the connection, from
  /// their threads: all that is not const is then read under the connection's lock. Else it locks nothing.
  std::unique_lock<HoldMutex> lock_if_shared() const;
  bool has_rows() const noexcept { return info_.kind == PSA_RESULT_ROWS; }
  void require_rows() const;
  /// Reads one more batch. @return false: there is none
  bool read_batch(std::int64_t wanted);
  bool read_batch_held(std::int64_t wanted);
  void read_rest_held();
  void refresh_info_held();
  void adopt_names_held(const ArrowSchema& schema);
  /// Takes over a batch's schema.
  void adopt_schema_held(ArrowSchema& schema);
  void finish_held() noexcept;
  FailedOperation failed() const;

  const std::shared_ptr<HoldMutex> shared_mutex_;   // nullptr: the connection has one user
  std::shared_ptr<PhysicalConnection> connection_;  // only while open
  std::shared_ptr<PreparedStatement> statement_;    // likewise: it is released under the lock
  psa_result* handle_;
  std::uint64_t number_;
  std::shared_ptr<const std::string> sql_;
  OperationContext::Deadline deadline_;
  psa_result_info info_;
  std::shared_ptr<const ColumnNames> names_;
  // Read; the first from position_ on.
  boost::container::small_vector<std::shared_ptr<const Batch>, 1> batches_;
  std::int64_t position_ = 0;
  std::int64_t rows_read_ = 0;
  std::int64_t growth_ = 0;

  OperationObserver* observer_ = nullptr;
  std::chrono::system_clock::time_point started_;
  std::chrono::nanoseconds spent_{0};
  std::string error_;
  std::exception_ptr failure_;  // why reading ended early; thrown where the rows that were read end
};

}  // namespace prefect_sqlalchemy::detail
