// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/drivers/error_sink.hpp>
#include <psa/driver.h>

#include "check.hpp"
#include "context.hpp"

// A host in small: the driver's table as the checks use it. What holds for every call is checked here: a
// failing status has been explained, in words that hold no password (E1, E3).
namespace psa_conformance {

using prefect_sqlalchemy::DriverErrorReport;
using prefect_sqlalchemy::ErrorSink;

/// How a call ended.
struct Answer {
  int32_t status = PSA_OK;
  DriverErrorReport error;  ///< of a failing one

  bool ok() const { return status == PSA_OK; }
  /// @throws Failed  "WHAT failed: ..." in the driver's words
  void expect_ok(const std::string& what) const;
  /// @param status  the one that the rule asks for
  void expect(int32_t wanted, const std::string& what, const std::string& rule = "") const;
  /// Any failing status.
  void expect_failure(const std::string& what, const std::string& rule = "") const;
  std::string words() const;
};
std::string status_name(int32_t status);

/// Checks what a call that ended with `status` has reported.
Answer examine(int32_t status, const ErrorSink& sink);

struct Release {
  void operator()(psa_connection* handle) const { table().connection_release(handle); }
  void operator()(psa_statement* handle) const { table().statement_release(handle); }
  void operator()(psa_result* handle) const { table().result_release(handle); }
  void operator()(psa_cancel* handle) const { table().cancel_release(handle); }
};
using Connection = std::unique_ptr<psa_connection, Release>;
using Cancel = std::unique_ptr<psa_cancel, Release>;

/// A statement or result knows the connection that drives it, and shares with the other the schema that was
/// handed out last: a batch without one has the same.
using LastSchema = std::shared_ptr<std::shared_ptr<ArrowSchema>>;
struct Statement {
  std::unique_ptr<psa_statement, Release> handle;
  psa_connection* connection = nullptr;
  LastSchema schema;
};
struct Result {
  std::unique_ptr<psa_result, Release> handle;
  psa_connection* connection = nullptr;
  LastSchema schema;
};

/// Waits and resumes until the operation ends.
int32_t drive(psa_connection* connection, int32_t status);
int64_t now();
constexpr int64_t millisecond = 1'000'000;
constexpr int64_t second = 1000 * millisecond;

/// Makes a call that may wait, and sees it to its end. @param deadline  nanoseconds of CLOCK_MONOTONIC
template <class Function>
Answer call(psa_connection* connection, Function&& function, int64_t deadline = 0) {
  ErrorSink sink;
  const psa_call with{PSA_INIT(psa_call), 0, &sink, deadline};
  return examine(drive(connection, function(&with)), sink);
}

/// What connection_new gets beside the URL.
struct Extra {
  std::vector<psa_option> options = {};
  std::function<void(psa_connection_args&)> change = {};
};
Answer try_new(Connection& out, const Extra& extra = {});
Connection make(const Extra& extra = {});
Answer connect(const Connection& connection, int64_t deadline = 0);
Connection open(const Extra& extra = {});
/// An option as the URL's query would bring it. The texts must outlive the call.
psa_option url_option(std::string_view name, std::string_view text);

psa_connection_state state(const Connection& connection);
psa_lexical lexical(psa_connection* connection);
/// @throws NotClaimed  the connection does not
void need(const Connection& connection, uint64_t capability);
bool has(const Connection& connection, uint64_t capability);

Answer try_prepare(const Connection& connection, Statement& out, std::string_view sql, uint32_t flags = 0,
                   int64_t deadline = 0);
Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags = 0);
Answer try_execute(const Statement& statement, Result& out, const psa_execute* execute = nullptr,
                   int64_t deadline = 0);
Result execute(const Statement& statement, const psa_execute* execute = nullptr);
/// Prepares, executes and reads to the end; the first failure of these.
Answer try_run(const Connection& connection, std::string_view sql, int64_t deadline = 0);
/// As above; all cells as cell_text writes them, "int64 1, text a; ...".
std::string run(const Connection& connection, std::string_view sql);

psa_result_info info(const Result& result);
bool is_finished(const Result& result);
Cancel cancel_handle(const Connection& connection);
Answer cancel(const Cancel& handle);

Answer begin(const Connection& connection, uint32_t flags = 0, uint32_t isolation = 0);
Answer commit(const Connection& connection, int64_t deadline = 0);
Answer rollback(const Connection& connection);
Answer savepoint(const Connection& connection, uint32_t action, std::string_view name);

/// A query of that many rows; where the traits have none, of a few.
std::string some_rows(int64_t rows);

/// The placeholder of the parameter `number`, from 1.
std::string placeholder(psa_connection* connection, int number);
/// `sql` with {1}, {2}, ... replaced by placeholders.
std::string with_placeholders(psa_connection* connection, std::string sql);

}  // namespace psa_conformance
