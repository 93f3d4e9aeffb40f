// SPDX-License-Identifier: Apache-2.0
#include "batch_text.hpp"

#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>

namespace test_support {
namespace {

template <class T>
T at(const ArrowArray& array, int64_t row, int buffer = 1) {
  T value;
  std::memcpy(&value, static_cast<const T*>(array.buffers[buffer]) + row + array.offset, sizeof value);
  return value;
}

bool bit(const ArrowArray& array, int64_t row, int buffer) {
  const int64_t place = row + array.offset;
  return (static_cast<const uint8_t*>(array.buffers[buffer])[place >> 3] >> (place & 7) & 1) != 0;
}

bool is_null(const ArrowSchema& schema, const ArrowArray& array, int64_t row) {
  return schema.format == std::string_view("n") || (array.buffers[0] != nullptr && !bit(array, row, 0));
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789ABCDEF"[c & 15];
  }
  return text;
}

template <class T>
std::string real(T value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string padded(int64_t number, size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits > text.size() ? digits - text.size() : 0, '0') + text;
}

std::string date(std::chrono::sys_days day) {
  const std::chrono::year_month_day parts(day);
  return padded(int{parts.year()}, 4) + '-' + padded(unsigned{parts.month()}, 2) + '-' +
         padded(unsigned{parts.day()}, 2);
}

std::string timestamp(int64_t microseconds) {
  using namespace std::chrono;
  const sys_time<std::chrono::microseconds> time{std::chrono::microseconds(microseconds)};
  const auto day = floor<days>(time);
  const hh_mm_ss<std::chrono::microseconds> clock(time - day);
  std::string text = date(day) + ' ' + padded(clock.hours().count(), 2) + ':' +
                     padded(clock.minutes().count(), 2) + ':' + padded(clock.seconds().count(), 2);
  if (clock.subseconds().count() != 0) text += '.' + padded(clock.subseconds().count(), 6);
  return text;
}

// The variant of a dense union that a row holds.
struct Variant {
  const ArrowSchema& schema;
  const ArrowArray& array;
  int64_t row;
};

Variant resolve(const ArrowSchema& schema, const ArrowArray& array, int64_t row) {
  if (!std::string_view(schema.format).starts_with("+ud")) return {schema, array, row};
  const auto type = at<int8_t>(array, row, 0);
  return {*schema.children[type], *array.children[type], at<int32_t>(array, row)};
}

std::string_view kind(const ArrowSchema& schema) {
  std::string_view extension = psa::find_metadata(schema.metadata, "ARROW:extension:name");
  if (const size_t dot = extension.find('.'); dot != std::string_view::npos) return extension.substr(dot + 1);
  switch (schema.format[0]) {
    case 'b':
      return "bool";
    case 'c':
    case 's':
    case 'i':
    case 'l':
      return "int64";
    case 'C':
    case 'S':
    case 'I':
    case 'L':
      return "uint64";
    case 'f':
    case 'g':
      return "double";
    case 'u':
      return "text";
    case 'z':
    case 'w':
      return "bytes";
    case 't':
      return schema.format[1] == 'd'   ? "date"
             : schema.format[1] == 't' ? "time"
             : schema.format[1] == 's' ? "timestamp"
                                       : "interval";
    default:
      return "list";
  }
}

}  // namespace

std::string value_text(const ArrowSchema& given, const ArrowArray& from, int64_t given_row) {
  const auto [schema, array, row] = resolve(given, from, given_row);
  if (is_null(schema, array, row)) return "NULL";
  const std::string_view format = schema.format;
  if (format == "+l") {
    std::string text = "[";
    for (int32_t i = at<int32_t>(array, row); i < at<int32_t>(array, row + 1); ++i)
      text +=
          (i == at<int32_t>(array, row) ? "" : ", ") + value_text(*schema.children[0], *array.children[0], i);
    return text + "]";
  }
  if (format == "u" || format == "z") {
    const auto begin = at<int32_t>(array, row);
    const std::string_view bytes(static_cast<const char*>(array.buffers[2]) + begin,
                                 static_cast<size_t>(at<int32_t>(array, row + 1) - begin));
    return format == "z" ? hexadecimal(bytes) : std::string(bytes);
  }
  if (format == "b") return bit(array, row, 1) ? "true" : "false";
  if (format == "s") return std::to_string(at<int16_t>(array, row));
  if (format == "i" || format == "tdD") return std::to_string(at<int32_t>(array, row));
  if (format == "I") return std::to_string(at<uint32_t>(array, row));
  if (format == "L") return std::to_string(at<uint64_t>(array, row));
  if (format == "f") return real(at<float>(array, row));
  if (format == "g") return real(at<double>(array, row));
  if (format == "w:16")
    return hexadecimal({static_cast<const char*>(array.buffers[1]) + (row + array.offset) * 16, 16});
  if (format == "tin") {
    struct {
      int32_t months, days;
      int64_t nanoseconds;
    } parts;
    std::memcpy(&parts, static_cast<const char*>(array.buffers[1]) + (row + array.offset) * 16, 16);
    return std::to_string(parts.months) + ' ' + std::to_string(parts.days) + ' ' +
           std::to_string(parts.nanoseconds);
  }
  return std::to_string(at<int64_t>(array, row));
}

std::string cell_text(const ArrowSchema& given, const ArrowArray& from, int64_t given_row) {
  const auto [schema, array, row] = resolve(given, from, given_row);
  if (is_null(schema, array, row)) return "null";
  std::string text(kind(schema));
  text += ' ';
  const std::string_view format = schema.format;
  if (format == "tdD")
    text += date(std::chrono::sys_days(std::chrono::days(at<int32_t>(array, row))));
  else if (format.starts_with("tsu:"))
    text += timestamp(at<int64_t>(array, row));
  else
    text += value_text(schema, array, row);
  if (format == "ttu") text += " us";
  return text;
}

std::string type_text(const ArrowSchema& field) {
  std::string text = field.format;
  for (const char* key : {"ARROW:extension:name", "psa.type"})
    if (const auto word = psa::find_metadata(field.metadata, key); !word.empty())
      text += ' ' + std::string(word);
  return text;
}

std::string batch_text(const ArrowSchema& schema, const ArrowArray& array) {
  std::string text;
  for (int64_t row = 0; row < array.length; ++row) {
    if (row != 0) text += "; ";
    for (int64_t i = 0; i < schema.n_children; ++i) {
      if (i != 0) text += ", ";
      text += cell_text(*schema.children[i], *array.children[i], row);
    }
  }
  return text;
}

}  // namespace test_support
