// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <psa/sdk/driver_error.hpp>

namespace psa {

DriverError::DriverError(int32_t status_value, uint32_t category_value, std::string text)
    : status(status_value), category(category_value), message(std::move(text)) {}

DriverError& DriverError::with_flags(uint32_t value) {
  flags = value;
  return *this;
}

DriverError& DriverError::with_vendor_code(int64_t value) {
  vendor_code = value;
  return *this;
}

DriverError& DriverError::with_parameter_column(int64_t value) {
  parameter_column = value;
  return *this;
}

DriverError& DriverError::with_detail(std::string text) {
  detail = std::move(text);
  return *this;
}

DriverError& DriverError::with_hint(std::string text) {
  hint = std::move(text);
  return *this;
}

DriverError invalid_argument(std::string message) {
  return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_INTERFACE, std::move(message)};
}

DriverError invalid_state(std::string message) {
  return {PSA_INVALID_STATE, PSA_CATEGORY_INTERFACE, std::move(message)};
}

}  // namespace psa
