// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::mysql {

/// What a statement's first word tells.
enum class StatementKind : uint8_t {
  reads,   // SELECT, VALUES, ...: may be lost without harm
  shows,   // SHOW: reads, and tells of warnings itself
  insert,  // INSERT, REPLACE
  change,  // UPDATE, DELETE
  calls,   // CALL and others that may count rows
  sets,    // SET: may change how texts are read
  other,
};

StatementKind statement_kind(std::string_view sql) noexcept;

/// Whether a run of it has a number of affected rows.
constexpr bool counts_rows(StatementKind kind) noexcept {
  return kind == StatementKind::insert || kind == StatementKind::change || kind == StatementKind::calls;
}

/// Whether it leaves everything as it is.
constexpr bool only_reads(StatementKind kind) noexcept {
  return kind == StatementKind::reads || kind == StatementKind::shows;
}

}  // namespace psa::mysql
