// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <psa/driver.h>

namespace psa {

/// What a driver throws to end a call with a failing status; guard() reports it to the host.
///
/// The members are those of psa_error; an empty text means "no value". Never put a password, a
/// connection string or a parameter's value into any of them.
struct DriverError : std::exception {
  /// @param status    PSA_ERROR or another failing PSA status
  /// @param category  PSA_CATEGORY value
  /// @param message   the database's words where it has any, else ours
  DriverError(int32_t status, uint32_t category, std::string message);

  const char* what() const noexcept override { return message.c_str(); }

  DriverError& with_flags(uint32_t value);
  DriverError& with_vendor_code(int64_t value);
  DriverError& with_parameter_column(int64_t value);
  DriverError& with_detail(std::string text);
  DriverError& with_hint(std::string text);

  int32_t status;
  uint32_t category;
  uint32_t flags = 0;
  int64_t vendor_code = 0;
  int64_t sql_offset = -1;
  int64_t parameter_row = -1;
  int64_t parameter_column = -1;
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string schema;
  std::string table;
  std::string column;
  std::string constraint;
  std::string context;
};

/// An argument is wrong and nothing was sent: PSA_INVALID_ARGUMENT, interface error.
DriverError invalid_argument(std::string message);

/// The call does not fit the object's state: PSA_INVALID_STATE, interface error.
DriverError invalid_state(std::string message);

}  // namespace psa
