// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <psa/sdk/driver_error.hpp>

namespace psa::postgres {

/// @param what  that the bytes should have been: "date"
[[noreturn]] inline void malformed(const char* what) {
  throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, std::string("the server sent bytes that are no ") + what);
}

inline void expect(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    malformed(what);
}

inline const uint8_t* unsigned_bytes(const char* text) { return reinterpret_cast<const uint8_t*>(text); }

}  // namespace psa::postgres
