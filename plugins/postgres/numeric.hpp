// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <psa/sdk/columns.hpp>
#include <psa/sdk/grow_buffer.hpp>

namespace psa::postgres {

/// Appends numeric's binary form as text, with all its decimal places: "-1.50", "NaN", "Infinity".
/// @return false if the bytes are no numeric
bool append_numeric_text(const char* bytes, size_t size, BytesColumn& to);

/// Appends the binary form of a number's text: digits, a point, an exponent, "NaN", "Infinity".
/// @return false, with nothing appended, if the text is none or more than numeric holds
bool append_numeric(std::string_view text, GrowBuffer& to);

}  // namespace psa::postgres
