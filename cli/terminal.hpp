#pragma once

#include <cstddef>
#include <string>

namespace psa_cli {

bool stdout_is_terminal();
bool stderr_is_terminal();

/// Columns of the terminal that standard output is, or $COLUMNS; 0: no limit.
std::size_t output_width();

/// Asks on the terminal, without showing what is typed.
/// @throws UsageError  there is no terminal
std::string ask_secret(const std::string& question);

}  // namespace psa_cli
