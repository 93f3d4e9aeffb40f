#pragma once

#include <cstdint>
#include <string_view>

namespace prefect_sqlalchemy::detail {

/// The text of Arrow's 128-bit decimal: 16 little-endian bytes, `scale` digits behind the point (negative:
/// zeros appended). The text stays until the thread's eighth call after this one.
std::string_view decimal128_text(const void* bytes, std::int32_t scale);

}  // namespace prefect_sqlalchemy::detail
