#pragma once

#include <string_view>

namespace prefect::detail {

/// Python's words, whatever the store.
[[noreturn]] void throw_block_not_found(std::string_view slug, std::string_view name);
[[noreturn]] void throw_block_exists();

}  // namespace prefect::detail
