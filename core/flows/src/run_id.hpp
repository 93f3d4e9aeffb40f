#pragma once

#include <string>

#include <prefect_sqlalchemy/flows/states.hpp>

namespace prefect::detail {

/// A new UUID of version 7, as text: later ones sort behind earlier ones, which keeps a store's indexes
/// compact. Threads: any.
std::string new_run_id();

/// Two words that a person can remember, as Prefect names flow runs: "brave-otter".
std::string new_run_name();

/// 0 or more, below 1.
double random_fraction();

/// ISO 8601 in UTC with microseconds: "2024-05-01T12:00:00.000001Z".
std::string iso_time(State::TimePoint time);
/// The reverse. @throws prefect_sqlalchemy::ConversionError  it is not such a text
State::TimePoint parse_iso_time(const std::string& text);

}  // namespace prefect::detail
