// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <charconv>
#include <string>

namespace psa::postgres {
namespace {

struct Class {
  char name[3];
  uint32_t category;
};

// Where psycopg's exceptions and SQLAlchemy's put them, so that programs catch what they know.
constexpr Class classes[] = {
    {"02", PSA_CATEGORY_DATA},        {"08", PSA_CATEGORY_OPERATIONAL}, {"0A", PSA_CATEGORY_NOT_SUPPORTED},
    {"20", PSA_CATEGORY_PROGRAMMING}, {"21", PSA_CATEGORY_PROGRAMMING}, {"22", PSA_CATEGORY_DATA},
    {"23", PSA_CATEGORY_INTEGRITY},   {"24", PSA_CATEGORY_INTERNAL},    {"25", PSA_CATEGORY_INTERNAL},
    {"26", PSA_CATEGORY_OPERATIONAL}, {"27", PSA_CATEGORY_OPERATIONAL}, {"28", PSA_CATEGORY_OPERATIONAL},
    {"2B", PSA_CATEGORY_INTERNAL},    {"2D", PSA_CATEGORY_INTERNAL},    {"2F", PSA_CATEGORY_INTERNAL},
    {"34", PSA_CATEGORY_OPERATIONAL}, {"38", PSA_CATEGORY_INTERNAL},    {"39", PSA_CATEGORY_INTERNAL},
    {"3B", PSA_CATEGORY_INTERNAL},    {"3D", PSA_CATEGORY_OPERATIONAL}, {"3F", PSA_CATEGORY_PROGRAMMING},
    {"40", PSA_CATEGORY_OPERATIONAL}, {"42", PSA_CATEGORY_PROGRAMMING}, {"44", PSA_CATEGORY_PROGRAMMING},
    {"53", PSA_CATEGORY_OPERATIONAL}, {"54", PSA_CATEGORY_OPERATIONAL}, {"55", PSA_CATEGORY_OPERATIONAL},
    {"57", PSA_CATEGORY_OPERATIONAL}, {"58", PSA_CATEGORY_OPERATIONAL}, {"F0", PSA_CATEGORY_INTERNAL},
    {"HV", PSA_CATEGORY_OPERATIONAL}, {"P0", PSA_CATEGORY_INTERNAL},    {"XX", PSA_CATEGORY_INTERNAL},
};

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string_view trimmed_words(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

bool is_sqlstate(std::string_view text) {
  if (text.size() != 5) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return false;
  return true;
}

}  // namespace

Classification classify(std::string_view sqlstate) noexcept {
  if (sqlstate.size() != 5) return {PSA_CATEGORY_OPERATIONAL, 0};
  uint32_t flags = 0;
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03") flags |= PSA_ERROR_RETRYABLE;
  if (sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
      sqlstate == "57P05")
    flags |= PSA_ERROR_CONNECTION_LOST;
  for (const Class& known : classes)
    if (sqlstate.substr(0, 2) == known.name) return {known.category, flags};
  return {PSA_CATEGORY_UNKNOWN, flags};
}

int64_t byte_offset(std::string_view text, int64_t position) noexcept {
  if (position < 1) return -1;
  int64_t character = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++character == position) return static_cast<int64_t>(i);
  }
  // "syntax error at end of input" points behind the text.
  return position == character + 1 ? static_cast<int64_t>(text.size()) : -1;
}

DriverError connection_error(std::string_view message) {
  return {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, std::string(trimmed_words(message))};
}

DriverError connect_error(std::string_view message) {
  std::string words(trimmed_words(message));
  std::string sqlstate;
  if (const size_t at = words.find("FATAL:  ");
      at != std::string::npos && words.size() > at + 15 && words.compare(at + 13, 2, ": ") == 0) {
    const std::string found = words.substr(at + 8, 5);
    if (is_sqlstate(found)) {
      sqlstate = found;
      words.erase(at + 8, 7);
    }
  }
  if (const size_t at = words.find("\nLOCATION:  "); at != std::string::npos) {
    const size_t end = words.find('\n', at + 1);
    words.erase(at, end == std::string::npos ? end : end - at);
  }
  const uint32_t category = sqlstate.empty() ? PSA_CATEGORY_OPERATIONAL : classify(sqlstate).category;
  DriverError error(PSA_ERROR, category, std::string(trimmed_words(words)));
  error.sqlstate = sqlstate;
  return error;
}

DriverError make_error(const PGresult* result, std::string_view sql) {
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = trimmed_words(PQresultErrorMessage(result));
  if (message.empty()) message = "the connection to the server was lost";
  const Classification kind = classify(sqlstate);
  DriverError error(PSA_ERROR, kind.category, std::string(message));
  error.flags = kind.flags;
  error.sqlstate = sqlstate;
  error.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  error.hint = field(result, PG_DIAG_MESSAGE_HINT);
  error.context = field(result, PG_DIAG_CONTEXT);
  error.schema = field(result, PG_DIAG_SCHEMA_NAME);
  error.table = field(result, PG_DIAG_TABLE_NAME);
  error.column = field(result, PG_DIAG_COLUMN_NAME);
  error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  const std::string_view position = field(result, PG_DIAG_STATEMENT_POSITION);
  int64_t character = 0;
  std::from_chars(position.data(), position.data() + position.size(), character);
  error.sql_offset = byte_offset(sql, character);
  return error;
}

bool is_fatal(const PGresult* result) noexcept {
  const std::string_view severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity == "FATAL" || severity == "PANIC";
}

}  // namespace psa::postgres
