#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prefect {

/// The version of the tables that this library reads and writes.
inline constexpr int store_schema_version = 1;

/// The statements that create the tables, in order; each is harmless where its table exists.
/// @param dialect  of the store's URL, "postgresql"
std::vector<std::string> store_schema_statements(std::string_view dialect);

}  // namespace prefect
