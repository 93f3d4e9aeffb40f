// SPDX-License-Identifier: Apache-2.0
//
// Arrow's C data interface, as its specification says; nothing here is shared with the drivers' SDK.
#include <cstring>
#include <string_view>

#include <psa/sdk/utf8.hpp>

#include "batches.hpp"

namespace psa_conformance {
namespace {

[[noreturn]] void broken(const ArrowSchema& schema, const std::string& what) {
  throw Failed("column \"" + std::string(schema.name ? schema.name : "") + "\" of format " +
                   (schema.format ? schema.format : "(none)") + ": " + what,
               "H4");
}

// How many buffers an array of the format has; -1: the format is not one of psa/driver.h's.
int64_t buffers_of(std::string_view format) {
  if (format == "n") return 0;
  if (format == "+s") return 1;
  if (format.starts_with("+ud:")) return 2;
  if (format == "+l" || format == "+L") return 2;
  if (format == "u" || format == "U" || format == "z" || format == "Z") return 3;
  if (format.size() == 1 && std::string_view("bcCsSiIlLfg").find(format[0]) != format.npos) return 2;
  if (format.starts_with("t") || format.starts_with("w:") || format.starts_with("d:")) return 2;
  return -1;
}

bool bit(const void* bits, int64_t at) {
  return (static_cast<const uint8_t*>(bits)[at >> 3] >> (at & 7) & 1) != 0;
}

template <class Offset>
int64_t check_offsets(const ArrowSchema& schema, const ArrowArray& array, const void* buffer) {
  if (buffer == nullptr) {
    if (array.length + array.offset == 0) return 0;
    broken(schema, "it has no offsets");
  }
  const auto* offsets = static_cast<const Offset*>(buffer);
  if (offsets[0] < 0) broken(schema, "its first offset is negative");
  for (int64_t i = 0; i < array.length + array.offset; ++i)
    if (offsets[i + 1] < offsets[i]) broken(schema, "its offsets go backwards");
  return offsets[array.length + array.offset];
}

template <class Offset>
void check_text(const ArrowSchema& schema, const ArrowArray& array) {
  const int64_t end = check_offsets<Offset>(schema, array, array.buffers[1]);
  if (end > 0 && array.buffers[2] == nullptr) broken(schema, "it has no data");
  if (schema.format[0] != 'u' && schema.format[0] != 'U') return;
  const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
  for (int64_t i = array.offset; i < array.length + array.offset; ++i) {
    if (array.buffers[0] != nullptr && !bit(array.buffers[0], i)) continue;
    if (offsets[i + 1] == offsets[i]) continue;
    if (!psa::valid_utf8(static_cast<const uint8_t*>(array.buffers[2]) + offsets[i],
                         static_cast<size_t>(offsets[i + 1] - offsets[i])))
      broken(schema, "row " + std::to_string(i - array.offset) + " is no UTF-8");
  }
}

void check_union(const ArrowSchema& schema, const ArrowArray& array) {
  if (array.length == 0) return;
  const auto* types = static_cast<const int8_t*>(array.buffers[0]);
  const auto* offsets = static_cast<const int32_t*>(array.buffers[1]);
  if (types == nullptr || offsets == nullptr) broken(schema, "it lacks a buffer");
  const std::string ids = std::string(schema.format).substr(4) + ",";
  for (int64_t i = array.offset; i < array.length + array.offset; ++i) {
    int64_t child = 0, at = -1;
    for (size_t begin = 0; begin < ids.size(); begin = ids.find(',', begin) + 1, ++child)
      if (std::stoi(ids.substr(begin)) == types[i]) {
        at = child;
        break;
      }
    if (at < 0 || at >= array.n_children) broken(schema, "a row has a type that is none of the union's");
    if (offsets[i] < 0 || offsets[i] >= array.children[at]->length)
      broken(schema, "a row's offset is outside of its child");
  }
}

void check_nulls(const ArrowSchema& schema, const ArrowArray& array) {
  const std::string_view format = schema.format;
  if (format == "n" || format.starts_with("+u")) return;
  int64_t nulls = 0;
  if (array.buffers[0] != nullptr)
    for (int64_t i = 0; i < array.length; ++i) nulls += bit(array.buffers[0], i + array.offset) ? 0 : 1;
  if (array.null_count != -1 && array.null_count != nulls)
    broken(schema, "null_count is " + std::to_string(array.null_count) + " and " + std::to_string(nulls) +
                       " rows are NULL");
  if (nulls > 0 && (schema.flags & ARROW_FLAG_NULLABLE) == 0)
    broken(schema, "a row is NULL and the field is not nullable");
}

void check_node(const ArrowSchema& schema, const ArrowArray& array, int64_t least_length) {
  if (schema.format == nullptr || schema.release == nullptr) broken(schema, "its schema is released");
  if (array.release == nullptr) broken(schema, "its array is released");
  const std::string_view format = schema.format;
  const int64_t buffers = buffers_of(format);
  if (buffers < 0) broken(schema, "psa/driver.h does not know the format");
  if (array.length < 0 || array.offset < 0) broken(schema, "a length or offset is negative");
  if (array.length < least_length) broken(schema, "it is shorter than its parent");
  if (array.n_buffers != buffers || (buffers > 0 && array.buffers == nullptr))
    broken(schema,
           "it has " + std::to_string(array.n_buffers) + " buffers instead of " + std::to_string(buffers));
  if (array.n_children != schema.n_children) broken(schema, "schema and array differ in their children");
  check_nulls(schema, array);
  if (format == "u" || format == "z") check_text<int32_t>(schema, array);
  if (format == "U" || format == "Z") check_text<int64_t>(schema, array);
  if (format.starts_with("+ud:")) check_union(schema, array);
  int64_t needed = format == "+s" ? array.length + array.offset : 0;
  if (format == "+l") needed = check_offsets<int32_t>(schema, array, array.buffers[1]);
  if (format == "+L") needed = check_offsets<int64_t>(schema, array, array.buffers[1]);
  const bool fixed = buffers == 2 && format[0] != '+';
  if (fixed && array.length > 0 && array.buffers[1] == nullptr) broken(schema, "it has no values");
  for (int64_t i = 0; i < array.n_children; ++i) {
    if (schema.children[i] == nullptr || array.children[i] == nullptr) broken(schema, "a child is missing");
    check_node(*schema.children[i], *array.children[i], needed);
  }
}

}  // namespace

void check_arrow(const ArrowSchema& schema, const ArrowArray& array) {
  if (schema.format == nullptr || std::string_view(schema.format) != "+s")
    broken(schema, "a batch is no struct");
  for (int64_t i = 0; i < schema.n_children; ++i)
    if (schema.children[i]->name == nullptr) broken(*schema.children[i], "a column has no name");
  check_node(schema, array, 0);
}

}  // namespace psa_conformance
