#include "query.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/first_word.hpp>

namespace csv {
namespace {

/// Cuts a statement into words, names in quotes, texts, numbers and signs.
class Tokens {
 public:
  explicit Tokens(std::string_view sql) : sql_(sql) { skip(); }

  bool at_end() const { return at_ == sql_.size(); }

  bool take_word(std::string_view upper) {
    size_t end = at_;
    while (end < sql_.size() && is_of_word(sql_[end])) ++end;
    if (end == at_ || !psa::is_word(sql_.substr(at_, end - at_), upper)) return false;
    move_to(end);
    return true;
  }

  bool take_sign(std::string_view sign) {
    if (sql_.substr(at_, sign.size()) != sign) return false;
    move_to(at_ + sign.size());
    return true;
  }

  std::string take_name(const char* what) {
    if (at_ < sql_.size() && sql_[at_] == '"') return take_quoted('"');
    size_t end = at_;
    while (end < sql_.size() && is_of_word(sql_[end])) ++end;
    if (end == at_) fail(std::string("expected ") + what);
    std::string name(sql_.substr(at_, end - at_));
    move_to(end);
    return name;
  }

  std::string take_literal() {
    if (at_ < sql_.size() && sql_[at_] == '\'') return take_quoted('\'');
    size_t end = at_;
    while (end < sql_.size() && (is_of_word(sql_[end]) || sql_[end] == '.' || sql_[end] == '-' || sql_[end] == '+')) ++end;
    if (end == at_) fail("expected a value: a number, true, false, a text in '...' or ?");
    std::string text(sql_.substr(at_, end - at_));
    move_to(end);
    return text;
  }

  [[noreturn]] void fail(const std::string& message) const {
    psa::DriverError error(PSA_ERROR, PSA_CATEGORY_PROGRAMMING, message);
    error.sqlstate = "42601";
    error.sql_offset = static_cast<int64_t>(at_);
    error.hint = "SELECT columns FROM file WHERE column = value AND ... is all that this driver knows";
    throw error;
  }

 private:
  static bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  std::string take_quoted(char quote) {
    std::string text;
    for (size_t i = at_ + 1; i < sql_.size(); ++i) {
      if (sql_[i] != quote) {
        text += sql_[i];
      } else if (i + 1 < sql_.size() && sql_[i + 1] == quote) {
        text += sql_[i++];
      } else {
        move_to(i + 1);
        return text;
      }
    }
    fail("a quote is not closed");
  }

  void move_to(size_t at) {
    at_ = at;
    skip();
  }

  void skip() {
    for (;;) {
      while (at_ < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) ++at_;
      size_t end = std::string_view::npos;
      if (sql_.substr(at_, 2) == "--")
        end = sql_.find('\n', at_);
      else if (sql_.substr(at_, 2) == "/*")
        end = (end = sql_.find("*/", at_ + 2)) == std::string_view::npos ? end : end + 2;
      else
        return;
      at_ = std::min(end, sql_.size());
    }
  }

  std::string_view sql_;
  size_t at_ = 0;
};

Comparison take_comparison(Tokens& tokens) {
  if (tokens.take_word("IS")) {
    const bool negated = tokens.take_word("NOT");
    if (!tokens.take_word("NULL")) tokens.fail("expected NULL");
    return negated ? Comparison::not_null : Comparison::null;
  }
  constexpr std::pair<std::string_view, Comparison> signs[] = {
      {"<>", Comparison::unequal}, {"!=", Comparison::unequal},          {"<=", Comparison::less_or_equal},
      {"<", Comparison::less},     {">=", Comparison::greater_or_equal}, {">", Comparison::greater},
      {"=", Comparison::equal}};
  for (const auto& [sign, comparison] : signs)
    if (tokens.take_sign(sign)) return comparison;
  tokens.fail("expected a comparison: = <> < <= > >= or IS NULL");
}

}  // namespace

Query parse_query(std::string_view sql) {
  Query query;
  Tokens tokens(sql);
  if (tokens.at_end()) return query;
  if (!tokens.take_word("SELECT")) {
    for (const char* word : {"INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "TRUNCATE"}) {
      if (!tokens.take_word(word)) continue;
      psa::DriverError error(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, "files are only read, never written");
      error.sqlstate = "25006";
      throw error;
    }
    tokens.fail("expected SELECT");
  }
  if (!tokens.take_sign("*")) {
    do query.columns.push_back(tokens.take_name("a column"));
    while (tokens.take_sign(","));
  }
  if (!tokens.take_word("FROM")) tokens.fail("expected FROM");
  query.file = tokens.take_name("a file's name");
  if (query.file.empty() || query.file.front() == '.' || query.file.find_first_of("/\\") != std::string::npos)
    tokens.fail("a file is named without its folder and without .csv");
  if (tokens.take_word("WHERE")) {
    do {
      Condition condition{tokens.take_name("a column"), take_comparison(tokens), "", std::nullopt};
      const bool compares = condition.comparison != Comparison::null && condition.comparison != Comparison::not_null;
      if (compares && tokens.take_sign("?"))
        condition.parameter = query.parameters++;
      else if (compares)
        condition.literal = tokens.take_literal();
      query.conditions.push_back(std::move(condition));
    } while (tokens.take_word("AND"));
  }
  tokens.take_sign(";");
  if (!tokens.at_end()) tokens.fail("expected the end of the statement");
  return query;
}

bool holds(const Value& value, Comparison comparison, const Value& other) {
  const bool is_null = std::holds_alternative<std::monostate>(value);
  if (comparison == Comparison::null) return is_null;
  if (comparison == Comparison::not_null) return !is_null;
  if (is_null || std::holds_alternative<std::monostate>(other)) return false;
  switch (comparison) {
    case Comparison::equal:
      return value == other;
    case Comparison::unequal:
      return value != other;
    case Comparison::less:
      return value < other;
    case Comparison::less_or_equal:
      return value <= other;
    case Comparison::greater:
      return value > other;
    default:
      return value >= other;
  }
}

}  // namespace csv
