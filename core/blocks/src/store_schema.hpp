#pragma once

#include <span>
#include <string_view>

namespace prefect {

/// The version of the tables that this library reads and writes.
inline constexpr int store_schema_version = 1;

/// The statements that create the tables, in order; each is harmless where its table exists.
std::span<const std::string_view> store_schema_statements() noexcept;

}  // namespace prefect
