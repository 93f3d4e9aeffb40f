// SPDX-License-Identifier: Apache-2.0
#include "notices.hpp"

#include <charconv>
#include <string_view>

#include <psa/sdk/text.hpp>

namespace psa::mysql {

void Notices::tell(MYSQL* session) const noexcept {
  constexpr std::string_view question = "SHOW WARNINGS";
  if (mysql_real_query(session, question.data(), question.size()) != 0) return;
  MYSQL_RES* warnings = mysql_store_result(session);
  if (warnings == nullptr) return;
  while (const MYSQL_ROW row = mysql_fetch_row(warnings)) {
    const unsigned long* sizes = mysql_fetch_lengths(warnings);
    psa_error notice{};
    notice.struct_size = PSA_INIT(psa_error);
    notice.severity = std::string_view(row[0], sizes[0]) == "Note" ? PSA_SEVERITY_INFO : PSA_SEVERITY_WARNING;
    std::from_chars(row[1], row[1] + sizes[1], notice.vendor_code);
    notice.sql_offset = notice.parameter_row = notice.parameter_column = -1;
    notice.message = {row[2], sizes[2]};
    on_notice_(context_, &notice);
  }
  mysql_free_result(warnings);
}

}  // namespace psa::mysql
