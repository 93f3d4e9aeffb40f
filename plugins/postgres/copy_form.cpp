// SPDX-License-Identifier: Apache-2.0
#include "copy_form.hpp"

#include <cstddef>

namespace psa::postgres {
namespace {

constexpr std::string_view blanks = " \t\r\n";

struct Scanner {
  std::string_view rest;

  void skip_blanks() {
    const size_t at = rest.find_first_not_of(blanks);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at);
  }
  bool take(char c) {
    skip_blanks();
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view lower) {
    skip_blanks();
    if (rest.size() < lower.size()) return false;
    for (size_t i = 0; i < lower.size(); ++i)
      if ((rest[i] | 0x20) != lower[i]) return false;
    rest.remove_prefix(lower.size());
    return true;
  }
  /// A name, quoted or plain.
  bool take_name() {
    skip_blanks();
    if (rest.empty()) return false;
    if (rest.front() == '"') {
      const size_t end = rest.find('"', 1);
      if (end == std::string_view::npos || end == 1) return false;
      rest.remove_prefix(end + 1);
      return true;
    }
    size_t size = 0;
    const auto is_letter = [](char c) {
      return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    while (size < rest.size() &&
           (is_letter(rest[size]) || (size > 0 && rest[size] >= '0' && rest[size] <= '9')))
      ++size;
    rest.remove_prefix(size);
    return size > 0;
  }
};

std::string trimmed(std::string_view text) {
  return std::string(text.substr(0, text.find_last_not_of(blanks) + 1));
}

bool goes_in_binary(const Type& type) {
  switch (type.codec) {
    case Codec::other:
    case Codec::one_char:
    case Codec::timetz:
    case Codec::inet:
    case Codec::macaddr:
    case Codec::bits:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::optional<CopyForm> copy_form(std::string_view sql, const std::vector<const Type*>& types) {
  Scanner scanner{sql};
  if (types.empty() || !scanner.take_word("insert") || !scanner.take_word("into")) return {};
  scanner.skip_blanks();
  const std::string_view from_table = scanner.rest;
  if (!scanner.take_name() || (scanner.take('.') && !scanner.take_name())) return {};
  const std::string table = trimmed(from_table.substr(0, from_table.size() - scanner.rest.size()));
  if (scanner.take('(')) {
    do {
      if (!scanner.take_name()) return {};
    } while (scanner.take(','));
    if (!scanner.take(')')) return {};
  }
  const std::string target = trimmed(from_table.substr(0, from_table.size() - scanner.rest.size()));
  if (!scanner.take_word("values") || !scanner.take('(')) return {};
  for (size_t i = 0; i < types.size(); ++i) {
    const std::string place = '$' + std::to_string(i + 1);
    if (!goes_in_binary(*types[i]) || (i != 0 && !scanner.take(','))) return {};
    scanner.skip_blanks();
    if (!scanner.rest.starts_with(place)) return {};
    scanner.rest.remove_prefix(place.size());
    if (!scanner.rest.empty() && scanner.rest.front() >= '0' && scanner.rest.front() <= '9') return {};
  }
  if (!scanner.take(')')) return {};
  scanner.take(';');
  scanner.skip_blanks();
  if (!scanner.rest.empty()) return {};
  return CopyForm{table, target};
}

}  // namespace psa::postgres
