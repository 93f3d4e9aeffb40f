// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include <psa/driver.h>

namespace psa {

/// Remembers where errors are reported, and checks that host and driver speak the same ABI. Call it
/// first in the entry function. A process has one host, so every driver in it remembers the same.
/// @param host  lives as long as the process
/// @param sink  the entry call's, for a refusal
/// @return PSA_OK, or PSA_NOT_SUPPORTED after it was explained to the host
int32_t remember_host(const psa_host* host, void* sink) noexcept;

/// Reports the exception being handled to `sink` and returns its status: a DriverError as it says,
/// std::bad_alloc as PSA_OUT_OF_MEMORY, anything else as PSA_ERROR in the internal category.
/// Only inside a catch block.
int32_t report_current_exception(void* sink) noexcept;

/// Runs `body` at the C edge, so that no exception crosses it. Costs nothing where none is thrown.
/// @param sink  the call's error sink; may be NULL
/// @param body  callable without arguments; its result is ignored
/// @return PSA_OK, or the failing status that was reported
template <class Body>
int32_t guard(void* sink, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return PSA_OK;
  } catch (...) {
    return report_current_exception(sink);
  }
}

}  // namespace psa
