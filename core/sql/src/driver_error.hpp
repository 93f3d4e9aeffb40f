#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/drivers/error_sink.hpp>

#include "statement_text.hpp"

namespace prefect_sqlalchemy::detail {

/// What was being done when a driver failed, for the message.
struct FailedOperation {
  std::string_view driver;                      ///< as it was asked for
  std::string_view sql = {};                    ///< the user's text, empty where there is none
  const RenderedStatement* rendered = nullptr;  ///< maps the driver's offset back to `sql`
};

/// Throws what a driver's failing status and its report mean in the DB-API's error tree.
[[noreturn]] void throw_driver_error(std::int32_t status, const ErrorSink& sink,
                                     const FailedOperation& operation);

/// The database's own words for a failure where it has any, else the exception's.
std::string words_of(const std::exception& error);

}  // namespace prefect_sqlalchemy::detail
