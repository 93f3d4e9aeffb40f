// SPDX-License-Identifier: Apache-2.0
#include "notices.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

#include <psa/sdk/text.hpp>

#include "error.hpp"

namespace psa::odbc {
namespace {

// Truncated into a buffer of ours, an attribute that was put right, a fractional part that was cut.
bool is_about_the_call(std::string_view sqlstate) {
  return sqlstate == "01004" || sqlstate == "01S02" || sqlstate == "01S07" || sqlstate == "01S06";
}

// psqlODBC hands several notices over as one: "NOTICE: a;WARNING: b". Where the next one begins; or the end.
size_t end_of_first(std::string_view text) {
  size_t end = text.size();
  for (const std::string_view mark : {";NOTICE: ", ";WARNING: ", ";INFO: ", ";LOG: ", ";DEBUG: "})
    end = std::min(end, text.find(mark));
  return end;
}

void tell_one(std::string_view message, const Diagnostic& record,
              void (*on_notice)(void* context, const psa_error* notice), void* context) {
  psa_error notice{};
  notice.struct_size = PSA_INIT(psa_error);
  notice.severity = PSA_SEVERITY_WARNING;
  for (const std::string_view word : {"NOTICE: ", "INFO: ", "LOG: ", "DEBUG: "}) {
    if (!message.starts_with(word)) continue;
    message.remove_prefix(word.size());
    notice.severity = word == "DEBUG: " ? PSA_SEVERITY_DEBUG : PSA_SEVERITY_INFO;
  }
  if (message.starts_with("WARNING: ")) message.remove_prefix(9);
  notice.vendor_code = record.native;
  notice.sql_offset = notice.parameter_row = notice.parameter_column = -1;
  notice.sqlstate = c_text_or_none(record.sqlstate);
  notice.message = c_text(message);
  on_notice(context, &notice);
}

}  // namespace

void Notices::tell(SQLSMALLINT type, SQLHANDLE handle) const noexcept {
  if (on_notice_ == nullptr) return;
  try {
    for (const Diagnostic& record : diagnostics(type, handle)) {
      if (is_about_the_call(record.sqlstate)) continue;
      std::string_view message = plain_message(record.message);
      while (!message.empty()) {
        const size_t end = end_of_first(message);
        tell_one(message.substr(0, end), record, on_notice_, context_);
        message.remove_prefix(std::min(end + 1, message.size()));
      }
    }
  } catch (const std::exception&) {
    // Out of memory: what the notice is about has gone well.
  }
}

}  // namespace psa::odbc
