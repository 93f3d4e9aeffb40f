// SPDX-License-Identifier: Apache-2.0
#include "quoting.hpp"

#include <psa/sdk/driver_error.hpp>

namespace psa::mysql {

std::string quoted_identifier(std::string_view name) {
  std::string text = "`";
  for (const char c : name) {
    if (c == '\0') throw invalid_argument("a name contains a NUL character");
    text.append(c == '`' ? 2 : 1, c);
  }
  return text + "`";
}

std::string quoted_literal(MYSQL* session, std::string_view text) {
  std::string escaped(text.size() * 2 + 1, '\0');
  escaped.resize(mysql_real_escape_string(session, escaped.data(), text.data(), text.size()));
  return "'" + escaped + "'";
}

}  // namespace psa::mysql
