#pragma once

#include <string>
#include <string_view>

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect {

/// What a database's error says about the store as a whole, and what to do about it, in words; empty if it
/// is an error of one statement alone.
/// @param dialect  "sqlite", "postgresql": decides what vendor codes mean
std::string store_problem(const prefect_sqlalchemy::Error& error, std::string_view dialect);

/// Whether the error says that a table is not there.
bool is_missing_table(const prefect_sqlalchemy::Error& error, std::string_view dialect);

}  // namespace prefect
