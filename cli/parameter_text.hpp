#pragma once

#include <string>
#include <vector>

#include <prefect_sqlalchemy/sql/parameters.hpp>

namespace psa_cli {

/// Parameters as -p has them. "name=value": a number, true, false or null as JSON writes them, else a text
/// (so "007" is a text); "name:=json": any JSON, a string for a text that looks like a number, a list for IN.
/// @throws UsageError  there is no name or no "=", or what follows ":=" is no JSON; never repeats the value
prefect_sqlalchemy::Parameters parse_parameters(const std::vector<std::string>& texts);

}  // namespace psa_cli
