// SPDX-License-Identifier: Apache-2.0
#include "error_message.hpp"

namespace psa::mysql {
namespace {

// The last text in quotes, `open` and `close`.
std::string_view last_quoted(std::string_view text, char quote) {
  const size_t end = text.rfind(quote);
  if (end == std::string_view::npos || end == 0) return {};
  const size_t begin = text.rfind(quote, end - 1);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin + 1, end - begin - 1);
}

std::string_view first_quoted(std::string_view text, char quote) {
  const size_t begin = text.find(quote);
  if (begin == std::string_view::npos) return {};
  const size_t end = text.find(quote, begin + 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin + 1, end - begin - 1);
}

std::string_view behind(std::string_view text, std::string_view word) {
  const size_t at = text.find(word);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + word.size());
}

}  // namespace

ErrorNames error_names(unsigned number, std::string_view message) noexcept {
  switch (number) {
    case 1062: {  // Duplicate entry 'x' for key 'PRIMARY'; MySQL 8 writes 'table.PRIMARY'
      const std::string_view key = last_quoted(message, '\'');
      const size_t dot = key.find('.');
      if (dot == std::string_view::npos) return {{}, {}, key};
      return {key.substr(0, dot), {}, key.substr(dot + 1)};
    }
    case 1048:
    case 1364:
    case 1054:
      return {{}, first_quoted(message, '\''), {}};
    case 1264:
    case 1265:
    case 1406:
      return {{}, first_quoted(behind(message, "column "), '\''), {}};
    case 1366: {  // for column `d`.`t`.`c` at row 1
      const std::string_view place = behind(message, "for column ");
      const size_t end = place.find(" at row");
      return {{}, last_quoted(place.substr(0, end), place.starts_with('`') ? '`' : '\''), {}};
    }
    case 1146:
      return {first_quoted(message, '\''), {}, {}};
    case 1451:
    case 1452:
      return {{}, {}, first_quoted(behind(message, "CONSTRAINT "), '`')};
    case 4025:
      return {{}, {}, first_quoted(message, '`')};
    case 3819:
      return {{}, {}, first_quoted(message, '\'')};
    default:
      return {};
  }
}

int64_t error_offset(unsigned number, std::string_view message, std::string_view sql) noexcept {
  constexpr size_t longest_quote = 80;  // of what the server repeats of the text behind the error
  if (number != 1064) return -1;
  const size_t begin = message.find(" near '");
  const size_t end = message.rfind("' at line ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 7) return -1;
  std::string_view quote = message.substr(begin + 7, end - begin - 7);
  const size_t last = sql.find_last_not_of("; \t\r\n");
  const std::string_view text = sql.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (quote.size() < longest_quote && !quote.ends_with("...")) {
    for (const std::string_view whole : {text, sql})
      if (whole.ends_with(quote)) return static_cast<int64_t>(whole.size() - quote.size());
    return -1;
  }
  if (quote.ends_with("...")) quote.remove_suffix(3);
  const size_t at = text.find(quote);
  return at != std::string_view::npos && text.find(quote, at + 1) == std::string_view::npos
             ? static_cast<int64_t>(at)
             : -1;
}

}  // namespace psa::mysql
