#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <ostream>
#include <system_error>

#include <sys/random.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect_sqlalchemy {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number, cut into its parts.
struct DecimalParts {
  bool negative = false;
  std::string_view whole, fraction;  // digits
  bool has_exponent = false, exponent_negative = false;
  std::string_view exponent;  // digits
};

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// @return true if it was a '-'
bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

bool split(std::string_view text, DecimalParts& parts) {
  parts.negative = take_sign(text);
  parts.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    parts.has_exponent = true;
    parts.exponent_negative = take_sign(text);
    parts.exponent = take_digits(text);
    if (parts.exponent.empty()) return false;
  }
  return text.empty();
}

/// True if a number beyond the range of double is too large rather than too small.
bool is_huge(const DecimalParts& parts) {
  std::int64_t exponent = 0;
  for (const char digit : parts.exponent)
    exponent = std::min<std::int64_t>(exponent, INT64_C(1) << 56) * 10 + (digit - '0');
  if (parts.exponent_negative) exponent = -exponent;
  // Where the first digit that counts stands, seen from the point.
  std::int64_t place = static_cast<std::int64_t>(parts.whole.size());
  if (const auto digit = parts.whole.find_first_not_of('0'); digit != std::string_view::npos) {
    place -= static_cast<std::int64_t>(digit);
  } else {
    place =
        -static_cast<std::int64_t>(std::min(parts.fraction.find_first_not_of('0'), parts.fraction.size()));
  }
  return place + exponent > 0;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::size_t, 4> hyphens = {8, 13, 18, 23};  // places in the text of a UUID

}  // namespace

Decimal::Decimal(std::string_view text) : text_(text) {
  DecimalParts parts;
  if (text == "NaN" || text == "Infinity" || text == "-Infinity" || split(text, parts)) return;
  throw ArgumentError(
      "not a decimal number: expected are an optional sign, digits with an optional point and an optional "
      "exponent, or NaN, Infinity, -Infinity");
}

double Decimal::to_double() const {
  using Limits = std::numeric_limits<double>;
  if (text_ == "NaN") return Limits::quiet_NaN();
  if (text_ == "Infinity") return Limits::infinity();
  if (text_ == "-Infinity") return -Limits::infinity();
  const char* const begin = text_.data() + (text_[0] == '+' ? 1 : 0);
  double value = 0;
  if (std::from_chars(begin, text_.data() + text_.size(), value).ec == std::errc::result_out_of_range) {
    DecimalParts parts;
    split(text_, parts);
    value = is_huge(parts) ? Limits::infinity() : 0.0;
    if (parts.negative) value = -value;
  }
  return value;
}

Uuid::Uuid(std::string_view text) {
  const bool hyphened = text.size() == 36;
  bool valid = hyphened || text.size() == 32;
  std::size_t nibble = 0;
  for (std::size_t i = 0; valid && i < text.size(); ++i) {
    if (hyphened && std::find(hyphens.begin(), hyphens.end(), i) != hyphens.end()) {
      valid = text[i] == '-';
      continue;
    }
    const int value = hex_value(text[i]);
    valid = value >= 0;
    if (valid) bytes_[nibble / 2] = bytes_[nibble / 2] << 4 | static_cast<std::byte>(value);
    ++nibble;
  }
  if (valid) return;
  throw ArgumentError(
      "not a UUID: expected are 32 hexadecimal digits, with hyphens behind the 8th, 12th, 16th and 20th or "
      "none");
}

Uuid Uuid::random() {
  Uuid uuid;
  // So few bytes come at once or not at all, save for a signal before the kernel is ready.
  while (::getrandom(uuid.bytes_.data(), uuid.bytes_.size(), 0) != static_cast<ssize_t>(uuid.bytes_.size())) {
    if (errno != EINTR) {
      throw OperationalError("the system gave no random bytes for a UUID: " +
                             std::generic_category().message(errno));
    }
  }
  uuid.bytes_[6] = (uuid.bytes_[6] & std::byte{0x0f}) | std::byte{0x40};  // version 4
  uuid.bytes_[8] = (uuid.bytes_[8] & std::byte{0x3f}) | std::byte{0x80};  // RFC 9562's variant
  return uuid;
}

std::string Uuid::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (const std::byte byte : bytes_) {
    if (std::find(hyphens.begin(), hyphens.end(), out.size()) != hyphens.end()) out += '-';
    out += digits[std::to_integer<std::size_t>(byte >> 4)];
    out += digits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Decimal& decimal) { return out << decimal.text(); }
std::ostream& operator<<(std::ostream& out, const Uuid& uuid) { return out << uuid.text(); }
std::ostream& operator<<(std::ostream& out, const Json& json) { return out << json.text; }

}  // namespace prefect_sqlalchemy
