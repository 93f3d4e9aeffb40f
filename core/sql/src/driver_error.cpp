#include "driver_error.hpp"

#include <new>
#include <string>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

Diagnostics diagnostics_of(const DriverErrorReport& report, const FailedOperation& operation) {
  Diagnostics out;
  out.driver = operation.driver;
  out.statement = operation.sql;
  out.message = report.message;
  out.detail = report.detail;
  out.hint = report.hint;
  out.sqlstate = report.sqlstate;
  out.schema = report.schema;
  out.table = report.table;
  out.column = report.column;
  out.constraint = report.constraint;
  out.vendor_code = report.vendor_code;
  out.parameter_row = report.parameter_row;
  out.parameter_column = report.parameter_column;
  out.retryable = (report.flags & PSA_ERROR_RETRYABLE) != 0;
  out.connection_lost = (report.flags & PSA_ERROR_CONNECTION_LOST) != 0;
  out.maybe_applied = (report.flags & PSA_ERROR_MAYBE_APPLIED) != 0;
  if (report.sql_offset >= 0 && operation.rendered != nullptr) {
    out.statement_offset = operation.rendered->original_offset(report.sql_offset);
  }
  return out;
}

/// SQLAlchemy's form: "(driver.Class) message", then what is known of the place in brackets.
std::string text_of(std::string_view class_name, const Diagnostics& diagnostics) {
  std::string out = "(" + diagnostics.driver + "." + std::string(class_name) + ") " + diagnostics.message;
  if (!diagnostics.detail.empty()) out += "\nDETAIL:  " + diagnostics.detail;
  if (!diagnostics.hint.empty()) out += "\nHINT:  " + diagnostics.hint;
  if (diagnostics.maybe_applied) out += "\n[the database's answer was lost: the change may have been made]";
  if (!diagnostics.statement.empty()) out += "\n[SQL: " + diagnostics.statement + "]";
  if (diagnostics.statement_offset >= 0) {
    out += "\n[at byte " + std::to_string(diagnostics.statement_offset) + " of it]";
  }
  if (diagnostics.parameter_row >= 0) {
    out += "\n[in parameter group " + std::to_string(diagnostics.parameter_row) + ", counted from 0]";
  }
  return out;
}

template <class E>
[[noreturn]] void throw_as(std::string_view class_name, Diagnostics diagnostics) {
  const std::string text = text_of(class_name, diagnostics);
  throw E(text, std::move(diagnostics));
}

}  // namespace

std::string words_of(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && !ours->diagnostics().message.empty() ? ours->diagnostics().message : error.what();
}

void throw_driver_error(std::int32_t status, const ErrorSink& sink, const FailedOperation& operation) {
  static const DriverErrorReport no_report;
  const DriverErrorReport& report = sink.report() != nullptr ? *sink.report() : no_report;
  Diagnostics diagnostics = diagnostics_of(report, operation);
  if (diagnostics.message.empty()) {
    diagnostics.message = "the driver failed with status " + std::to_string(status) + " and said nothing";
  }
  switch (status) {
    case PSA_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case PSA_CANCELLED:
      throw_as<CancelledError>("CancelledError", std::move(diagnostics));
    case PSA_DEADLINE:
      throw_as<DeadlineError>("DeadlineError", std::move(diagnostics));
    case PSA_INVALID_ARGUMENT:
      if (report.category == PSA_CATEGORY_UNKNOWN) {
        throw_as<ArgumentError>("ArgumentError", std::move(diagnostics));
      }
      break;
    case PSA_NOT_SUPPORTED:
      throw_as<NotSupportedError>("NotSupportedError", std::move(diagnostics));
    default:
      break;
  }
  switch (report.category) {
    case PSA_CATEGORY_DATA:
      throw_as<DataError>("DataError", std::move(diagnostics));
    case PSA_CATEGORY_OPERATIONAL:
      throw_as<OperationalError>("OperationalError", std::move(diagnostics));
    case PSA_CATEGORY_INTEGRITY:
      throw_as<IntegrityError>("IntegrityError", std::move(diagnostics));
    case PSA_CATEGORY_INTERNAL:
      throw_as<InternalError>("InternalError", std::move(diagnostics));
    case PSA_CATEGORY_PROGRAMMING:
      throw_as<ProgrammingError>("ProgrammingError", std::move(diagnostics));
    case PSA_CATEGORY_NOT_SUPPORTED:
      throw_as<NotSupportedError>("NotSupportedError", std::move(diagnostics));
    case PSA_CATEGORY_INTERFACE:
      throw_as<InterfaceError>("InterfaceError", std::move(diagnostics));
    default:
      if (status == PSA_INVALID_STATE) throw_as<InterfaceError>("InterfaceError", std::move(diagnostics));
      throw_as<DatabaseError>("DatabaseError", std::move(diagnostics));
  }
}

}  // namespace prefect_sqlalchemy::detail
