// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types.hpp"

namespace psa::postgres {

/// What COPY needs to load the rows of an INSERT.
struct CopyForm {
  std::string table;   // as the statement writes it
  std::string target;  // with its columns in parentheses, if the statement names them
};

/// Of "INSERT INTO t (a, b) VALUES ($1, $2)", each placeholder in its order, of types that always go in
/// binary form. Anything else, a comment too, gives nothing.
/// @param types  of the placeholders
std::optional<CopyForm> copy_form(std::string_view sql, const std::vector<const Type*>& types);

}  // namespace psa::postgres
