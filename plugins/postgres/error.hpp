// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <libpq-fe.h>

#include <psa/sdk/driver_error.hpp>

namespace psa::postgres {

/// What a SQLSTATE means to the host.
struct Classification {
  uint32_t category;  // PSA_CATEGORY
  uint32_t flags;     // PSA_ERROR
};

/// @param sqlstate  five characters; anything else is an operational error of the client library
Classification classify(std::string_view sqlstate) noexcept;

/// Bytes in front of the character at `position`, counted from 1, of UTF-8 text; -1 if it has no such.
int64_t byte_offset(std::string_view text, int64_t position) noexcept;

/// The error that a result tells of. @param sql  the text given to prepare, for its position
DriverError make_error(const PGresult* result, std::string_view sql = {});

/// One without a result, in libpq's words.
DriverError connection_error(std::string_view message);

/// A failure to connect: libpq's words, where the server's hold a SQLSTATE ("FATAL:  28P01: ...", as they do
/// with PQERRORS_VERBOSE) this is taken out of them.
DriverError connect_error(std::string_view message);

/// Whether the server has ended the session with this error.
bool is_fatal(const PGresult* result) noexcept;

}  // namespace psa::postgres
