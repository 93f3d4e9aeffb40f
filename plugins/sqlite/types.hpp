// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace psa::sqlite {

/// Field metadata for a column declared with `declared_type` ("VARCHAR(10)"); empty for NULL, which is what
/// an expression has. That is all a column's declaration decides: the values themselves have types.
std::string type_metadata(const char* declared_type);

}  // namespace psa::sqlite
