#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <prefect_sqlalchemy/base/export.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy {

/// What a driver reported, copied out of its memory. Members as in psa_error; what it left out, or was
/// too old to know, is empty, 0 or -1.
struct DriverErrorReport {
  std::uint32_t category = PSA_CATEGORY_UNKNOWN;
  std::uint32_t flags = 0;
  std::uint32_t severity = PSA_SEVERITY_ERROR;  ///< of notices
  std::int64_t vendor_code = 0;
  std::int64_t sql_offset = -1;
  std::int64_t parameter_row = -1;
  std::int64_t parameter_column = -1;
  std::string sqlstate, message, detail, hint;
  std::string schema, table, column, constraint;
  std::string context;
};

/// The host's end of psa_host.report: holds the last error of the calls it is given to.
///
/// Its address goes into psa_call.sink (or a `sink` argument) and must stay valid until the operation
/// ends. Making one costs nothing, so each call may have its own. Threads: as the call it belongs to.
class PREFECT_SQLALCHEMY_API ErrorSink {
 public:
  ErrorSink() noexcept = default;
  ErrorSink(const ErrorSink&) = delete;
  ErrorSink& operator=(const ErrorSink&) = delete;

  /// The last report, or nullptr. Valid until the next call that this sink is given to.
  const DriverErrorReport* report() const noexcept { return report_ ? &*report_ : nullptr; }

  /// Forgets the report.
  void clear() noexcept { report_.reset(); }

  /// The function for psa_host.report: copies `*error` into the ErrorSink at `sink`; NULL drops it.
  /// When memory runs out, what could be copied counts.
  static void report(void* sink, const psa_error* error) noexcept;

 private:
  std::optional<DriverErrorReport> report_;
};

/// Copies one error or notice, reading only the members that its struct_size says are there.
PREFECT_SQLALCHEMY_API void copy_driver_error(const psa_error& error, DriverErrorReport& out);

}  // namespace prefect_sqlalchemy
