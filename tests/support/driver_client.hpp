// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <psa/driver.h>

#include "driver_connection.hpp"
#include "driver_parameters.hpp"

// What a host does with statements and their results.
namespace driver_client {

/// In the unit of psa_call.deadline.
constexpr int64_t millisecond = 1'000'000;

/// Handles that release themselves, and know the connection that drives them.
struct ReleaseStatement {
  psa_connection* connection = nullptr;
  /// Of the batch handed out last: one without a schema of its own has the same.
  std::shared_ptr<std::shared_ptr<ArrowSchema>> schema = nullptr;
  void operator()(psa_statement* handle) const { table().statement_release(handle); }
};
struct ReleaseResult {
  mutable psa_connection* connection = nullptr;
  /// The statement's.
  mutable std::shared_ptr<std::shared_ptr<ArrowSchema>> schema = nullptr;
  void operator()(psa_result* handle) const { table().result_release(handle); }
};
using Statement = std::unique_ptr<psa_statement, ReleaseStatement>;
using Result = std::unique_ptr<psa_result, ReleaseResult>;

Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags = 0);
Result execute(const Statement& statement, int64_t deadline = 0);
Result execute(const Statement& statement, const psa_execute& arguments, int64_t deadline);
Result execute(const Statement& statement, Parameters& parameters, int64_t deadline = 0);
/// Makes a result that a test got itself known to this client.
void adopt(const Result& result, const Connection& connection);
psa_result_info info(const Result& result);

/// The next batch of at most `max_rows` rows, if there is one.
class Batch {
 public:
  Batch(const Result& result, int64_t max_rows, int64_t deadline = 0);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  bool tells_schema() const { return tells_schema_; }
  bool has_rows() const { return batch_.array.release != nullptr; }
  /// Whether the driver said that no other follows.
  bool last() const { return (batch_.flags & PSA_BATCH_LAST) != 0; }
  const ArrowSchema& schema() const { return *schema_; }
  const ArrowArray& array() const { return batch_.array; }

 private:
  psa_batch batch_{PSA_INIT(psa_batch)};
  bool tells_schema_;
  std::shared_ptr<ArrowSchema> schema_;
};

/// The next batch of at most `max_rows` rows as batch_text writes it; empty when there are no more.
/// @param last  told whether the driver said that no batch follows
std::string next(const Result& result, int64_t max_rows, bool* last = nullptr, int64_t deadline = 0);
/// All rows that are left.
std::string rest(const Result& result, int64_t deadline = 0);
/// Goes on to the next result of a statement that has several.
void next_result(const Result& result);

/// Runs a statement to its end; its rows, or its count of rows affected.
std::string run(const Connection& connection, std::string_view sql, int64_t deadline = 0);
int64_t run_count(const Connection& connection, std::string_view sql);

/// @param mode  PSA_INGEST value  @return the rows written
int64_t ingest(const Connection& connection, std::string_view table, uint32_t mode, Parameters& rows);
/// @param kind  PSA_METADATA value; an empty schema or table is none given
Result metadata(const Connection& connection, uint32_t kind, std::string_view schema = {},
                std::string_view table = {});

}  // namespace driver_client
