// SPDX-License-Identifier: Apache-2.0
#include "result_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

namespace driver_client {
namespace {

template <class T>
T at(const ArrowArray& array, int64_t row) {
  T value;
  std::memcpy(
      &value,
      static_cast<const char*>(array.buffers[1]) + (row + array.offset) * static_cast<int64_t>(sizeof(T)),
      sizeof(T));
  return value;
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

std::string value_text(const ArrowSchema& schema, const ArrowArray& array, int64_t row) {
  const std::string_view format = schema.format;
  if (format.starts_with("+ud")) {
    const auto type = static_cast<const int8_t*>(array.buffers[0])[row];
    const auto place = static_cast<const int32_t*>(array.buffers[1])[row];
    return value_text(*schema.children[type], *array.children[type], place);
  }
  const auto* validity = static_cast<const uint8_t*>(array.buffers[0]);
  if (validity != nullptr && (validity[row >> 3] >> (row & 7) & 1) == 0) return "NULL";
  if (format == "+l") {
    std::string text = "[";
    for (int32_t i = at<int32_t>(array, row); i < at<int32_t>(array, row + 1); ++i)
      text += (text.size() == 1 ? "" : ", ") + value_text(*schema.children[0], *array.children[0], i);
    return text + "]";
  }
  if (format == "u" || format == "z") {
    const std::string_view bytes(static_cast<const char*>(array.buffers[2]) + at<int32_t>(array, row),
                                 static_cast<size_t>(at<int32_t>(array, row + 1) - at<int32_t>(array, row)));
    return format == "z" ? hexadecimal(bytes) : std::string(bytes);
  }
  if (format == "b")
    return (static_cast<const uint8_t*>(array.buffers[1])[row >> 3] >> (row & 7) & 1) != 0 ? "true" : "false";
  if (format == "s") return std::to_string(at<int16_t>(array, row));
  if (format == "i" || format == "tdD") return std::to_string(at<int32_t>(array, row));
  if (format == "I") return std::to_string(at<uint32_t>(array, row));
  if (format == "f") return real(at<float>(array, row));
  if (format == "g") return real(at<double>(array, row));
  if (format == "w:16") return hexadecimal({static_cast<const char*>(array.buffers[1]) + row * 16, 16});
  if (format == "tin")
    return std::to_string(at<int32_t>(array, row * 4)) + ' ' +
           std::to_string(at<int32_t>(array, row * 4 + 1)) + ' ' +
           std::to_string(at<int64_t>(array, row * 2 + 1));
  return std::to_string(at<int64_t>(array, row));
}

std::string head(const ArrowSchema& schema) {
  std::string text = schema.format;
  for (const char* key : {"ARROW:extension:name", "psa.type"})
    if (const auto word = psa::find_metadata(schema.metadata, key); !word.empty())
      text += ' ' + std::string(word);
  return text + ' ';
}

}  // namespace

std::string result_text(const Connection& connection, std::string_view sql) {
  const auto statement = prepare(connection, sql);
  const auto result = execute(statement);
  std::string text;
  ArrowSchema schema{};
  bool first = true;
  for (;;) {
    Sink sink;
    const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
    const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 1000, 1 << 20};
    psa_batch batch{PSA_INIT(psa_batch)};
    expect_ok(drive(connection.get(), table().result_next(result.get(), &fetch, &batch, &call)), sink);
    if (batch.schema.release != nullptr) {
      if (schema.release != nullptr) schema.release(&schema);
      schema = batch.schema;
    }
    for (int64_t row = 0; batch.array.release != nullptr && row < batch.array.length; ++row) {
      if (!first) text += "; ";
      for (int64_t i = 0; i < schema.n_children; ++i) {
        if (i != 0) text += " | ";
        if (first) text += head(*schema.children[i]);
        text += value_text(*schema.children[i], *batch.array.children[i], row);
      }
      first = false;
    }
    if (batch.array.release != nullptr) batch.array.release(&batch.array);
    if ((batch.flags & PSA_BATCH_LAST) != 0) break;
  }
  if (schema.release != nullptr) schema.release(&schema);
  return text;
}

}  // namespace driver_client
