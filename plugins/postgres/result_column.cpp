// SPDX-License-Identifier: Apache-2.0
#include "result_column.hpp"

#include <psa/sdk/driver_error.hpp>

#include "wire.hpp"

namespace psa::postgres {
namespace {

constexpr size_t most_dimensions = 6;  // PostgreSQL's MAXDIM

[[noreturn]] void malformed() {
  throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, "the server sent bytes that are no array");
}

std::string metadata_of(std::string_view type_name, std::string_view extension) {
  if (type_name.empty()) {
    if (extension.empty()) return {};
    return encode_metadata({{"ARROW:extension:name", extension}, {"ARROW:extension:metadata", ""}});
  }
  if (extension.empty()) return encode_metadata({{"psa.type", type_name}});
  return encode_metadata(
      {{"psa.type", type_name}, {"ARROW:extension:name", extension}, {"ARROW:extension:metadata", ""}});
}

bool is_null_word(std::string_view word) {
  return word.size() == 4 && (word[0] | 0x20) == 'n' && (word[1] | 0x20) == 'u' && (word[2] | 0x20) == 'l' &&
         (word[3] | 0x20) == 'l';
}

// "[0:1]={...}": the bounds are not kept.
std::string_view without_bounds(std::string_view text) {
  if (text.empty() || text.front() != '[') return text;
  const size_t equals = text.find('=');
  return equals == std::string_view::npos ? text : text.substr(equals + 1);
}

}  // namespace

ResultColumn::ResultColumn(std::string name, const Type& type, int modifier, bool binary)
    : name_(std::move(name)),
      is_array_(type.is_array()),
      binary_(binary),
      delimiter_(type.delimiter),
      depth_(is_array_ ? 1 : 0),
      levels_(depth_),
      values_(type.codec) {
  const std::string_view extension = arrow_type(type.codec).extension;
  metadata_ = metadata_of(full_name(type, modifier), is_array_ ? std::string_view() : extension);
  if (is_array_) value_metadata_ = metadata_of({}, extension);
}

int ResultColumn::dimensions(const char* bytes, size_t size) const {
  if (binary_) {
    if (size < 12) malformed();
    return static_cast<int>(load32(bytes));
  }
  const std::string_view text = without_bounds({bytes, size});
  if (text == "{}") return 0;
  int count = 0;
  while (static_cast<size_t>(count) < text.size() && text[static_cast<size_t>(count)] == '{') ++count;
  return count;
}

bool ResultColumn::fits(const char* bytes, size_t size) {
  const int count = dimensions(bytes, size);
  if (count == 0) return true;
  if (count < 0 || static_cast<size_t>(count) > most_dimensions) malformed();
  const auto wanted = static_cast<size_t>(count);
  if (wanted == depth_) return true;
  if (levels_.front().length() != 0) return false;
  depth_ = wanted;
  levels_.resize(depth_);
  return true;
}

int64_t ResultColumn::elements_below(size_t level) const noexcept {
  return level + 1 < depth_ ? levels_[level + 1].length() : values_.length();
}

void ResultColumn::append_null_array() { levels_.front().close_null(elements_below(0)); }

void ResultColumn::close_empty() { levels_.front().close(elements_below(0)); }

void ResultColumn::append_array(const char* bytes, size_t size) {
  if (binary_) return append_binary_array(bytes, size);
  append_text_array({bytes, size});
}

void ResultColumn::append_binary_array(const char* bytes, size_t size) {
  const char* const end = bytes + size;
  const uint32_t count = load32(bytes);
  if (count == 0) return close_empty();
  if (size < 12 + static_cast<size_t>(count) * 8) malformed();
  sizes_.clear();
  for (uint32_t i = 0; i < count; ++i) sizes_.push_back(load32(bytes + 12 + i * 8));
  if (append_binary_level(0, bytes + 12 + count * 8, end) != end) malformed();
}

const char* ResultColumn::append_binary_level(size_t level, const char* at, const char* end) {
  for (uint32_t i = 0; i < sizes_[level]; ++i) {
    if (level + 1 < depth_) {
      at = append_binary_level(level + 1, at, end);
      continue;
    }
    if (end - at < 4) malformed();
    const auto size = static_cast<int32_t>(load32(at));
    at += 4;
    if (size < 0) {
      values_.append_null();
      continue;
    }
    if (end - at < size) malformed();
    values_.append_binary(at, static_cast<size_t>(size));
    at += size;
  }
  levels_[level].close(elements_below(level));
  return at;
}

void ResultColumn::append_text_array(std::string_view text) {
  text = without_bounds(text);
  if (text == "{}") return close_empty();
  if (append_text_level(0, text, 0) != text.size()) malformed();
}

// Reads "{...}" from `at` on; returns where it ends.
size_t ResultColumn::append_text_level(size_t level, std::string_view text, size_t at) {
  const auto here = [&] {
    if (at >= text.size()) malformed();
    return text[at];
  };
  if (here() != '{') malformed();
  ++at;
  std::string element;
  for (;;) {
    if (level + 1 < depth_) {
      at = append_text_level(level + 1, text, at);
    } else if (here() == '"') {
      element.clear();
      for (++at; here() != '"'; ++at) {
        if (here() == '\\') ++at;
        element += here();
      }
      ++at;
      values_.append_text(element.data(), element.size());
    } else {
      element.clear();
      for (; here() != delimiter_ && here() != '}'; ++at) {
        if (here() == '\\') ++at;
        element += here();
      }
      if (is_null_word(element))
        values_.append_null();
      else
        values_.append_text(element.data(), element.size());
    }
    const char next = here();
    ++at;
    if (next == '}') break;
    if (next != delimiter_) malformed();
  }
  levels_[level].close(elements_below(level));
  return at;
}

SchemaField ResultColumn::field() {
  static constexpr std::string_view item = "item";
  const std::string_view format = arrow_type(values_.codec()).format;
  const std::string_view own_name = is_array_ ? item : std::string_view(name_);
  const std::string_view own_metadata = is_array_ ? value_metadata_ : metadata_;
  fields_.clear();
  fields_.reserve(depth_ + 1);
  SchemaField field{format, own_name, own_metadata};
  if (values_.mixed()) {
    // Times and dates only, which have no extension name.
    fields_.push_back({SchemaField{format, "value"}, SchemaField{"u", "text"}});
    field.format = "+ud:0,1";
    field.children = fields_.back();
  }
  for (size_t i = depth_; i > 0; --i) {
    fields_.push_back({field});
    field = {"+l", i == 1 ? std::string_view(name_) : item,
             i == 1 ? std::string_view(metadata_) : std::string_view()};
    field.children = fields_.back();
  }
  return field;
}

void ResultColumn::describe(std::vector<ArrayNode>& nodes) {
  for (ListLevel& level : levels_) level.describe(nodes);
  values_.describe(nodes);
}

void ResultColumn::clear() noexcept {
  for (ListLevel& level : levels_) level.clear();
  values_.clear();
}

void ResultColumn::restart() noexcept {
  for (ListLevel& level : levels_) level.restart();
  values_.restart();
}

}  // namespace psa::postgres
