#include "display_width.hpp"

#include <cstdio>
#include <cwchar>

#include <locale.h>

namespace psa_cli {
namespace {

constexpr char32_t no_character = 0xFFFD;

struct Decoded {
  char32_t character;
  std::size_t size;
};

/// The first character of a text that is not empty.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {no_character, 1};
  char32_t character = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {no_character, 1};
    character = character << 6U | (byte(i) & 0x3FU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < smallest[size] || character > 0x10FFFF || surrogate) return {no_character, 1};
  return {character, size};
}

bool is_control(char32_t c) {
  // C0, DEL, C1, and what turns the direction of the text around it.
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  char text[16];
  std::snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
  return text;
}

/// glibc's table of widths, whatever the user's locale is.
int width_of(char32_t c) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (c < 0x80 || !utf8) return 1;
  const locale_t before = ::uselocale(utf8);
  const int width = ::wcwidth(static_cast<wchar_t>(c));
  ::uselocale(before);
  return width < 0 ? 1 : width;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [character, size] = decode(text);
    if (is_control(character)) {
      out += escaped(character);
    } else if (character == no_character) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto [character, size] = decode(text);
    width += static_cast<std::size_t>(width_of(character));
    text.remove_prefix(size);
  }
  return width;
}

std::string fitted(std::string_view text, std::size_t width, bool right) {
  const std::size_t own = display_width(text);
  if (own <= width) {
    const std::string blanks(width - own, ' ');
    return right ? blanks + std::string(text) : std::string(text) + blanks;
  }
  if (width == 0) return {};
  std::size_t used = 0, end = 0;
  while (end < text.size()) {
    const auto [character, size] = decode(text.substr(end));
    const auto next = static_cast<std::size_t>(width_of(character));
    if (used + next > width - 1) break;
    used += next;
    end += size;
  }
  return std::string(text.substr(0, end)) + "…" + std::string(width - 1 - used, ' ');
}

}  // namespace psa_cli
