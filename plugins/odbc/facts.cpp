// SPDX-License-Identifier: Apache-2.0
#include "facts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include <sqlext.h>
#include <sqlucode.h>

#include "handles.hpp"
#include "utf16.hpp"

namespace psa::odbc {
namespace {

using Cursor = std::unique_ptr<void, FreeHandle<SQL_HANDLE_STMT>>;

std::string text_info(SQLHDBC session, SQLUSMALLINT what) {
  std::array<SQLWCHAR, 128> text{};
  SQLSMALLINT bytes = 0;
  const auto room = static_cast<SQLSMALLINT>(sizeof text);
  if (!SQL_SUCCEEDED(SQLGetInfoW(session, what, text.data(), room, &bytes))) return {};
  return utf8_of(text.data(), std::min<size_t>(static_cast<size_t>(bytes) / 2, text.size() - 1));
}

// For both sizes of number: an ODBC driver writes two or four bytes.
uint32_t number_info(SQLHDBC session, SQLUSMALLINT what) {
  SQLUINTEGER number = 0;
  return SQL_SUCCEEDED(SQLGetInfoW(session, what, &number, sizeof number, nullptr)) ? number : 0;
}

Cursor new_cursor(SQLHDBC session) {
  SQLHANDLE handle = nullptr;
  return Cursor(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, session, &handle)) ? handle : nullptr);
}

bool run(const Cursor& cursor, std::string_view sql) {
  WideText text(sql);
  return cursor != nullptr &&
         SQL_SUCCEEDED(SQLExecDirectW(cursor.get(), text.data(), static_cast<SQLINTEGER>(text.size())));
}

template <class Value>
bool set(const Cursor& cursor, SQLINTEGER attribute, Value value) {
  return SQL_SUCCEEDED(SQLSetStmtAttrW(cursor.get(), attribute, reinterpret_cast<SQLPOINTER>(value), 0));
}

constexpr std::string_view sample = "\u00e4\u20ac\U0001F986";  // of two, three and four bytes

// A text goes there in either form and comes back in the other: which of the forms of SQL_C_CHAR is UTF-8
// depends on the ODBC driver, its settings and the locale. It stands in the statement as well: to drivers
// without wide functions (SQLite's) unixODBC passes what is left of each character in one byte.
// @return whether the statement arrived
bool try_encodings(SQLHDBC session, bool narrow_call, Facts& facts) {
  const Cursor cursor = new_cursor(session);
  WideText wide(sample);
  std::array<char, sample.size() + 1> narrow{};
  sample.copy(narrow.data(), sample.size());
  SQLLEN wide_size = static_cast<SQLLEN>(wide.size() * sizeof(SQLWCHAR));
  SQLLEN narrow_size = static_cast<SQLLEN>(sample.size());
  if (cursor == nullptr) return false;
  SQLBindParameter(cursor.get(), 1, SQL_PARAM_INPUT, SQL_C_WCHAR, SQL_WVARCHAR, wide.size(), 0, wide.data(),
                   wide_size, &wide_size);
  SQLBindParameter(cursor.get(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, sample.size(), 0, narrow.data(),
                   narrow_size, &narrow_size);
  std::string sql = "SELECT ?, ?, '" + std::string(sample) + "'";
  const bool has_run = narrow_call
                           ? SQL_SUCCEEDED(SQLExecDirect(cursor.get(), reinterpret_cast<SQLCHAR*>(sql.data()),
                                                         static_cast<SQLINTEGER>(sql.size())))
                           : run(cursor, sql);
  if (!has_run) return false;
  std::array<char, 64> as_narrow{};
  std::array<SQLWCHAR, 64> as_wide{}, literal{};
  SQLLEN first = SQL_NULL_DATA, second = SQL_NULL_DATA, third = SQL_NULL_DATA;
  SQLBindCol(cursor.get(), 1, SQL_C_CHAR, as_narrow.data(), as_narrow.size(), &first);
  SQLBindCol(cursor.get(), 2, SQL_C_WCHAR, as_wide.data(), sizeof as_wide, &second);
  SQLBindCol(cursor.get(), 3, SQL_C_WCHAR, literal.data(), sizeof literal, &third);
  if (!SQL_SUCCEEDED(SQLFetch(cursor.get()))) return false;
  const auto is_sample = [&](const std::array<SQLWCHAR, 64>& text, SQLLEN size) {
    return size == wide_size && std::memcmp(text.data(), wide.data(), static_cast<size_t>(size)) == 0;
  };
  facts.gives_utf8 = first == static_cast<SQLLEN>(sample.size()) &&
                     std::string_view(as_narrow.data(), sample.size()) == sample;
  facts.takes_utf8 = is_sample(as_wide, second);
  return is_sample(literal, third);
}

// Fetches blocks into buffers that are too small, and the values again from within the first one.
bool try_cells(SQLHDBC session) {
  constexpr uint32_t wanted = SQL_GD_BLOCK | SQL_GD_BOUND | SQL_GD_ANY_COLUMN | SQL_GD_ANY_ORDER;
  if ((number_info(session, SQL_GETDATA_EXTENSIONS) & wanted) != wanted) return false;
  const Cursor cursor = new_cursor(session);
  if (cursor == nullptr) return false;
  std::array<std::array<char, 4>, 2> texts{};
  std::array<SQLLEN, 2> sizes{};
  SQLULEN rows = 0;
  const auto whole = [&](SQLSETPOSIROW row) {
    std::array<char, 16> text{};
    SQLLEN size = 0;
    if (!SQL_SUCCEEDED(SQLSetPos(cursor.get(), row, SQL_POSITION, SQL_LOCK_NO_CHANGE)) ||
        SQLGetData(cursor.get(), 1, SQL_C_CHAR, text.data(), text.size(), &size) != SQL_SUCCESS)
      return std::string();
    return std::string(text.data(), static_cast<size_t>(std::clamp<SQLLEN>(size, 0, text.size() - 1)));
  };
  return set(cursor, SQL_ATTR_ROW_ARRAY_SIZE, sizes.size()) &&
         set(cursor, SQL_ATTR_ROWS_FETCHED_PTR, &rows) &&
         run(cursor, "SELECT 'aaaaaaaa' AS t UNION ALL SELECT 'bbbbbbbbbbbb' UNION ALL SELECT 'cc'") &&
         SQL_SUCCEEDED(
             SQLBindCol(cursor.get(), 1, SQL_C_CHAR, texts.data(), texts[0].size(), sizes.data())) &&
         SQL_SUCCEEDED(SQLFetch(cursor.get())) && rows == 2 && sizes == std::array<SQLLEN, 2>{8, 12} &&
         whole(2) == "bbbbbbbbbbbb" && whole(1) == "aaaaaaaa" && SQL_SUCCEEDED(SQLFetch(cursor.get())) &&
         rows == 1 && std::string_view(texts[0].data()) == "cc";
}

// Fetches a block into buffers that are too small, and again into larger ones.
bool try_blocks(SQLHDBC session) {
  constexpr std::string_view sql =
      "SELECT 'a' AS t UNION ALL SELECT 'bbbbbbbb' UNION ALL SELECT 'cccccccccccc'";
  constexpr std::array<SQLLEN, 3> lengths = {1, 8, 12};
  const Cursor cursor = new_cursor(session);
  if (cursor == nullptr) return false;
  SQLULEN rows = 0;
  if (!set(cursor, SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC) ||
      !set(cursor, SQL_ATTR_ROW_ARRAY_SIZE, lengths.size()) ||
      !set(cursor, SQL_ATTR_ROWS_FETCHED_PTR, &rows) || !run(cursor, sql))
    return false;
  std::array<std::array<char, 4>, 3> small{};
  std::array<std::array<char, 32>, 3> large{};
  std::array<SQLLEN, 3> sizes{};
  const auto fetched = [&](auto& buffers, SQLSMALLINT how) {
    SQLBindCol(cursor.get(), 1, SQL_C_CHAR, buffers.data(), static_cast<SQLLEN>(buffers[0].size()),
               sizes.data());
    return SQL_SUCCEEDED(SQLFetchScroll(cursor.get(), how, 0)) && rows == sizes.size() && sizes == lengths;
  };
  return fetched(small, SQL_FETCH_NEXT) && fetched(large, SQL_FETCH_RELATIVE) &&
         std::string_view(large[0].data(), 1) == "a" && std::string_view(large[1].data(), 8) == "bbbbbbbb" &&
         std::string_view(large[2].data(), 12) == "cccccccccccc";
}

// psqlODBC has a setting for whether the server prepares what it prepares.
bool try_plans(SQLHDBC session, const char* query) {
  const Cursor cursor = new_cursor(session);
  WideText text(query);
  SQLINTEGER one = 1, count = 0;
  SQLLEN size = sizeof one;
  return cursor != nullptr &&
         SQL_SUCCEEDED(SQLPrepareW(cursor.get(), text.data(), static_cast<SQLINTEGER>(text.size()))) &&
         SQL_SUCCEEDED(SQLBindParameter(cursor.get(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                                        &one, sizeof one, &size)) &&
         SQL_SUCCEEDED(SQLExecute(cursor.get())) && SQL_SUCCEEDED(SQLFetch(cursor.get())) &&
         SQL_SUCCEEDED(SQLGetData(cursor.get(), 1, SQL_C_SLONG, &count, sizeof count, &size)) && count > 0;
}

std::string ask_session_number(SQLHDBC session, const char* query) {
  const Cursor cursor = new_cursor(session);
  std::array<char, 32> number{};
  SQLLEN size = 0;
  if (!run(cursor, query) || !SQL_SUCCEEDED(SQLFetch(cursor.get())) ||
      !SQL_SUCCEEDED(SQLGetData(cursor.get(), 1, SQL_C_CHAR, number.data(), number.size(), &size)))
    return {};
  const std::string_view text(number.data());
  return std::string(text.find_first_not_of("0123456789") == std::string_view::npos ? text
                                                                                    : std::string_view());
}

Facts::Arrays ask_arrays(SQLHDBC session) {
  switch (number_info(session, SQL_PARAM_ARRAY_ROW_COUNTS)) {
    case SQL_PARC_BATCH:
      return Facts::Arrays::counts;
    case SQL_PARC_NO_BATCH:
      return Facts::Arrays::one_count;
    default:
      return Facts::Arrays::none;
  }
}

}  // namespace

Facts ask_facts(SQLHDBC session) {
  Facts facts;
  facts.dbms = &dbms_named(text_info(session, SQL_DBMS_NAME));
  const std::string quote = text_info(session, SQL_IDENTIFIER_QUOTE_CHAR);
  facts.identifier_quote = quote.empty() || quote == " " ? '"' : quote.front();
  facts.has_transactions = (number_info(session, SQL_TXN_CAPABLE) & 0xFFFF) != SQL_TC_NONE;
  facts.has_several_results = text_info(session, SQL_MULT_RESULT_SETS) == "Y";
  facts.arrays = ask_arrays(session);
  facts.isolation_levels = number_info(session, SQL_TXN_ISOLATION_OPTION);
  facts.pattern_escape = text_info(session, SQL_SEARCH_PATTERN_ESCAPE);
  facts.has_schemas = number_info(session, SQL_SCHEMA_USAGE) != 0;
  facts.has_catalogs = number_info(session, SQL_CATALOG_USAGE) != 0;
  SQLUINTEGER level = 0;
  if (SQL_SUCCEEDED(SQLGetConnectAttrW(session, SQL_ATTR_TXN_ISOLATION, &level, 0, nullptr)))
    facts.usual_isolation = level;
  if (facts.dbms->session_number != nullptr)
    facts.session_number = ask_session_number(session, facts.dbms->session_number);
  if (!try_encodings(session, false, facts)) {
    Facts narrow = facts;
    if (try_encodings(session, true, narrow)) {
      facts = std::move(narrow);
      facts.has_narrow_calls = true;
    }
  }
  if (facts.dbms->plans != nullptr) facts.keeps_plans = try_plans(session, facts.dbms->plans);
  if (try_cells(session))
    facts.cut_values = Facts::CutValues::by_cell;
  else if (facts.dbms->may_have_static_cursors && try_blocks(session))
    facts.cut_values = Facts::CutValues::by_block;
  return facts;
}

}  // namespace psa::odbc
