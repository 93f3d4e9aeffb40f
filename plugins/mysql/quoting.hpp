// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <mysql.h>

namespace psa::mysql {

/// `name` between backticks. @throws DriverError  PSA_INVALID_ARGUMENT for one with a NUL character
std::string quoted_identifier(std::string_view name);

/// 'text' as this session reads it.
std::string quoted_literal(MYSQL* session, std::string_view text);

}  // namespace psa::mysql
