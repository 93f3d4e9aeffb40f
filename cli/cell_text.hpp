#pragma once

#include <string>
#include <string_view>

#include <prefect_sqlalchemy/sql/value.hpp>

namespace psa_cli {

/// A value as text: NULL is empty, bytes are hexadecimal, a list is JSON.
std::string cell_text(const prefect_sqlalchemy::Value& value);

/// A value as JSON. Decimals, dates and the like, and numbers that JSON has not (NaN), become texts: no digit
/// is lost.
std::string cell_json(const prefect_sqlalchemy::Value& value);

/// A text as a JSON string.
std::string json_string(std::string_view text);

bool is_number(prefect_sqlalchemy::Kind kind);

}  // namespace psa_cli
