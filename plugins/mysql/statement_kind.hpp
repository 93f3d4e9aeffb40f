// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::mysql {

/// What a statement's first word tells.
enum class StatementKind : uint8_t {
  reads,   // SELECT, SHOW, ...: may be lost without harm
  insert,  // INSERT, REPLACE
  change,  // UPDATE, DELETE
  calls,   // CALL and others that may count rows
  sets,    // SET: may change how texts are read
  other,
};

StatementKind statement_kind(std::string_view sql) noexcept;

}  // namespace psa::mysql
