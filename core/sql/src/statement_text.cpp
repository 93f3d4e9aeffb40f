#include "statement_text.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "statement_scanner.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

void append_placeholder(std::string& sql, std::uint32_t style, std::size_t number) {
  sql += style == PSA_PLACEHOLDER_DOLLAR ? '$' : style == PSA_PLACEHOLDER_COLON ? ':' : '?';
  if (style != PSA_PLACEHOLDER_QUESTION) sql += std::to_string(number);
}

/// What stands behind IN for a list without elements. x IN (NULL) alone is neither true nor false.
std::string_view empty_list(bool is_postgres, bool negated) {
  // PostgreSQL wants the subquery's column to be of x's type, which nobody knows here; a bare NULL fits all.
  // IS binds less than IN, and more than NOT and AND.
  if (is_postgres) return negated ? "(NULL) IS NOT FALSE" : "(NULL) IS TRUE";
  // The inner FROM is for MySQL, which takes no WHERE without one; the names, and that nothing is compared
  // with TRUE, are for SQL Server.
  return "(SELECT 1 FROM (SELECT 1 AS x) AS no_rows WHERE 1 = 0)";
}

/// Hands out the slots of one statement: numbers are used again, question marks are not.
class SlotNumbers {
 public:
  SlotNumbers(std::uint32_t style, std::size_t names, RenderedStatement& out)
      : style_(style), plain_(names, 0), expanded_(names, 0), out_(out) {}

  void write(std::uint32_t name) { write_one(plain_[name], {name, -1}); }

  void write_list(std::uint32_t name, std::int64_t size) {
    const std::size_t first = expanded_[name];
    if (first == 0) expanded_[name] = out_.slots.size() + 1;
    for (std::int64_t element = 0; element < size; ++element) {
      if (element != 0) out_.sql += ", ";
      std::size_t number = first == 0 ? 0 : first + static_cast<std::size_t>(element);
      write_one(number, {name, element});
    }
  }

 private:
  /// @param number  of the slot, from 1; 0: none yet
  void write_one(std::size_t& number, RenderedStatement::Slot slot) {
    if (number == 0 || style_ == PSA_PLACEHOLDER_QUESTION) {
      out_.slots.push_back(slot);
      number = out_.slots.size();
    }
    append_placeholder(out_.sql, style_, number);
  }

  std::uint32_t style_;
  std::vector<std::size_t> plain_;     // number of each name's slot
  std::vector<std::size_t> expanded_;  // number of each name's first element
  RenderedStatement& out_;
};

}  // namespace

StatementText::StatementText(std::string_view sql, const psa_lexical& lexical)
    : text_(sql),
      placeholder_(lexical.placeholder),
      is_postgres_(lexical.placeholder == PSA_PLACEHOLDER_DOLLAR ||
                   (lexical.flags & PSA_LEXICAL_DOLLAR_QUOTE) != 0) {
  std::unordered_map<std::string_view, std::size_t> known;
  StatementScanner scanner(sql, lexical.flags);
  std::size_t literal = 0;
  while (!scanner.at_end()) {
    const auto token = scanner.next();
    if (token == StatementScanner::Token::other) continue;
    if (literal < scanner.begin()) pieces_.push_back({literal, scanner.begin(), -1, false, false});
    literal = scanner.end();
    if (token == StatementScanner::Token::escaped_colon) continue;
    const auto name = sql.substr(scanner.begin() + 1, scanner.end() - scanner.begin() - 1);
    const auto [entry, is_new] = known.emplace(name, names_.size());
    if (is_new) {
      names_.emplace_back(name);
      expands_.push_back(false);
    }
    if (scanner.in_list()) expands_[entry->second] = true;
    pieces_.push_back({scanner.begin(), scanner.end(), static_cast<std::int64_t>(entry->second),
                       scanner.in_list(), scanner.in_list() && scanner.in_negated_list()});
  }
  if (literal < text_.size()) pieces_.push_back({literal, text_.size(), -1, false, false});
}

RenderedStatement StatementText::render(std::span<const std::int64_t> list_sizes) const {
  RenderedStatement out;
  out.sql.reserve(text_.size() + 8 * pieces_.size());
  out.shifts.reserve(pieces_.size() + 1);
  SlotNumbers numbers(placeholder_, names_.size(), out);
  for (const Piece& piece : pieces_) {
    out.shifts.push_back(
        {static_cast<std::int64_t>(out.sql.size()), static_cast<std::int64_t>(piece.begin), piece.name >= 0});
    if (piece.name < 0) {
      out.sql.append(text_, piece.begin, piece.end - piece.begin);
      continue;
    }
    const auto name = static_cast<std::uint32_t>(piece.name);
    const std::int64_t size = piece.in_list && name < list_sizes.size() ? list_sizes[name] : -1;
    if (size < 0) {
      numbers.write(name);
    } else if (size == 0) {
      out.sql += empty_list(is_postgres_, piece.negated);
    } else {
      out.sql += '(';
      numbers.write_list(name, size);
      out.sql += ')';
    }
  }
  out.shifts.push_back(
      {static_cast<std::int64_t>(out.sql.size()), static_cast<std::int64_t>(text_.size()), true});
  return out;
}

std::int64_t RenderedStatement::original_offset(std::int64_t offset) const noexcept {
  const auto behind =
      std::upper_bound(shifts.begin(), shifts.end(), offset,
                       [](std::int64_t at, const Shift& shift) { return at < shift.rendered; });
  if (behind == shifts.begin()) return -1;
  const Shift& shift = *std::prev(behind);
  return shift.placeholder ? shift.original : shift.original + (offset - shift.rendered);
}

}  // namespace prefect_sqlalchemy::detail
