// SPDX-License-Identifier: Apache-2.0
#include "parameter_rows.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>

namespace psa_conformance {
namespace {

struct Kind {
  std::string_view name;
  std::string_view format;
  std::string_view extension = {};
  int width = 0;  // bytes of a value; 0: offsets and data; -1: bits
};
constexpr Kind kinds[] = {{"int64", "l", {}, 8},
                          {"uint64", "L", {}, 8},
                          {"double", "g", {}, 8},
                          {"bool", "b", {}, -1},
                          {"text", "U"},
                          {"bytes", "Z"},
                          {"decimal", "U", "psa.decimal"},
                          {"json", "U", "arrow.json"},
                          {"uuid", "w:16", "arrow.uuid", 16},
                          {"date", "tdD", {}, 4},
                          {"time", "ttu", {}, 8},
                          {"timestamp", "tsu:", {}, 8},
                          {"timestamp_tz", "tsu:UTC", {}, 8},
                          {"interval", "tin", {}, 16}};

[[noreturn]] void unreadable(std::string_view value) {
  throw std::runtime_error("cannot read the value " + std::string(value));
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, value); error != std::errc() || at != end)
    unreadable(text);
  return value;
}

std::string unhex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += text[i] == '-' ? 1 : 2) {
    if (text[i] == '-') continue;
    uint8_t byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

int64_t days(std::string_view date) {
  using namespace std::chrono;
  const year_month_day day{year(number<int>(date.substr(0, 4))), month(number<unsigned>(date.substr(5, 2))),
                           std::chrono::day(number<unsigned>(date.substr(8, 2)))};
  if (!day.ok()) unreadable(date);
  return sys_days(day).time_since_epoch().count();
}

int64_t microseconds(std::string_view time) {
  int64_t value = (number<int64_t>(time.substr(0, 2)) * 60 + number<int64_t>(time.substr(3, 2))) * 60 +
                  number<int64_t>(time.substr(6, 2));
  std::string fraction(time.size() > 9 ? time.substr(9, 6) : "");
  fraction.resize(6, '0');
  return value * 1'000'000 + number<int64_t>(fraction);
}

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// The bytes of a value in its Arrow buffer.
std::string bytes_of(const Kind& kind, std::string_view text) {
  if (kind.name == "int64") return raw(number<int64_t>(text));
  if (kind.name == "uint64") return raw(number<uint64_t>(text));
  if (kind.name == "double") return raw(number<double>(text));
  if (kind.name == "bool") return std::string(1, text == "true" ? 1 : 0);
  if (kind.name == "bytes" || kind.name == "uuid") return unhex(text);
  if (kind.name == "date") return raw(static_cast<int32_t>(days(text)));
  if (kind.name == "time") return raw(microseconds(text));
  if (kind.name.starts_with("timestamp"))
    return raw(days(text) * 86'400'000'000 + microseconds(text.substr(11, 15)));
  if (kind.name == "interval") {
    const size_t first = text.find(' '), last = text.rfind(' ');
    return raw(number<int32_t>(text.substr(0, first))) +
           raw(number<int32_t>(text.substr(first + 1, last - first - 1))) +
           raw(number<int64_t>(text.substr(last + 1)));
  }
  return std::string(text);
}

const Kind& kind_of(std::string_view value) {
  const std::string_view name = value.substr(0, value.find(' '));
  for (const Kind& kind : kinds)
    if (kind.name == name) return kind;
  unreadable(value);
}

// One array and what it owns, as any Arrow library could have made it.
struct Node {
  std::deque<std::string> buffers;
  std::vector<const void*> pointers;
  std::vector<std::unique_ptr<ArrowArray>> children;
  std::vector<ArrowArray*> child_pointers;

  static ArrowArray make(std::unique_ptr<Node> node, int64_t length, int64_t nulls) {
    for (const auto& buffer : node->buffers)
      node->pointers.push_back(buffer.empty() ? nullptr : buffer.data());
    for (const auto& child : node->children) node->child_pointers.push_back(child.get());
    ArrowArray out{};
    out.length = length;
    out.null_count = nulls;
    out.n_buffers = static_cast<int64_t>(node->pointers.size());
    out.buffers = node->pointers.data();
    out.n_children = static_cast<int64_t>(node->children.size());
    out.children = node->child_pointers.data();
    out.release = [](ArrowArray* self) {
      std::unique_ptr<Node> owned(static_cast<Node*>(self->private_data));
      for (const auto& child : owned->children)
        if (child->release != nullptr) child->release(child.get());
      for (auto& buffer : owned->buffers) std::memset(buffer.data(), 0x5A, buffer.size());
      self->release = nullptr;
    };
    out.private_data = node.release();
    return out;
  }
};

ArrowArray make_column(const Kind& kind, const std::vector<std::string>& values) {
  auto node = std::make_unique<Node>();
  const size_t count = values.size();
  std::string valid((count + 7) / 8, '\0'), fixed, offsets = raw(int64_t{0}), data;
  if (kind.width < 0) fixed.resize((count + 7) / 8);
  int64_t nulls = 0;
  for (size_t i = 0; i < count; ++i) {
    const bool null = values[i] == "null";
    const std::string bytes =
        null ? std::string(static_cast<size_t>(std::max(kind.width, 0)), '\0')
             : bytes_of(kind, values[i].size() > kind.name.size()
                                  ? std::string_view(values[i]).substr(kind.name.size() + 1)
                                  : "");
    if (null)
      ++nulls;
    else
      valid[i / 8] = static_cast<char>(valid[i / 8] | 1 << i % 8);
    if (kind.width > 0) fixed += bytes;
    if (kind.width < 0 && !null) fixed[i / 8] = static_cast<char>(fixed[i / 8] | bytes[0] << i % 8);
    if (kind.width == 0) {
      if (!null) data += bytes;
      offsets += raw(static_cast<int64_t>(data.size()));
    }
  }
  node->buffers.push_back(nulls == 0 ? "" : valid);
  if (kind.width == 0) {
    node->buffers.push_back(std::move(offsets));
    node->buffers.push_back(std::move(data));
  } else {
    node->buffers.push_back(std::move(fixed));
  }
  return Node::make(std::move(node), static_cast<int64_t>(count), nulls);
}

struct Column {
  std::vector<std::string> values;
  std::string format, metadata;
  std::vector<psa::SchemaField> fields;  // of a union
  std::vector<std::string> field_metadata;
};

std::string metadata_of(const Kind& kind) {
  return kind.extension.empty() ? "" : psa::encode_metadata({{"ARROW:extension:name", kind.extension}});
}

ArrowArray make_union(Column& column, const std::vector<const Kind*>& found) {
  auto node = std::make_unique<Node>();
  std::string types, offsets;
  std::vector<std::vector<std::string>> children(found.size());
  for (const auto& value : column.values) {
    size_t child = 0;  // NULL goes into the first
    while (value != "null" && found[child] != &kind_of(value)) ++child;
    types += static_cast<char>(child);
    offsets += raw(static_cast<int32_t>(children[child].size()));
    children[child].push_back(value);
  }
  column.format = "+ud:";
  for (size_t i = 0; i < found.size(); ++i) column.field_metadata.push_back(metadata_of(*found[i]));
  for (size_t i = 0; i < found.size(); ++i) {
    column.format += (i == 0 ? "" : ",") + std::to_string(i);
    column.fields.push_back({found[i]->format, "", column.field_metadata[i]});
    node->children.push_back(std::make_unique<ArrowArray>(make_column(*found[i], children[i])));
  }
  node->buffers.push_back(std::move(types));
  node->buffers.push_back(std::move(offsets));
  return Node::make(std::move(node), static_cast<int64_t>(column.values.size()), 0);
}

ArrowArray make_array_of(Column& column) {
  std::vector<const Kind*> found;
  for (const auto& value : column.values)
    if (value != "null" && std::find(found.begin(), found.end(), &kind_of(value)) == found.end())
      found.push_back(&kind_of(value));
  if (found.size() > 1) return make_union(column, found);
  column.format = found.empty() ? "n" : found.front()->format;
  if (found.empty()) {
    const auto rows = static_cast<int64_t>(column.values.size());
    return Node::make(std::make_unique<Node>(), rows, rows);
  }
  column.metadata = metadata_of(*found.front());
  return make_column(*found.front(), column.values);
}

}  // namespace

ParameterRows::ParameterRows(const std::vector<Row>& rows, int64_t skipped) {
  std::vector<Column> columns(rows.empty() ? 0 : rows.front().size());
  auto root = std::make_unique<Node>();
  root->buffers.emplace_back();
  std::vector<psa::SchemaField> fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    for (int64_t none = 0; none < skipped; ++none) column.values.push_back(rows.front()[i]);
    for (const auto& row : rows) column.values.push_back(row.at(i));
    auto array = std::make_unique<ArrowArray>(make_array_of(column));
    array->offset = skipped;
    array->length -= skipped;
    if (skipped != 0 && array->null_count > 0) array->null_count = -1;
    root->children.push_back(std::move(array));
    fields.push_back({column.format, "p", column.metadata, ARROW_FLAG_NULLABLE, column.fields});
  }
  schema_ = psa::make_schema(fields);
  array_ = Node::make(std::move(root), static_cast<int64_t>(rows.size()), 0);
}

ParameterRows::~ParameterRows() { destroy(); }

void ParameterRows::destroy() {
  if (schema_.release != nullptr) schema_.release(&schema_);
  if (array_.release != nullptr) array_.release(&array_);
}

ArrowArrayStream* ParameterRows::stream(const std::vector<std::string>& names) {
  std::vector<psa::SchemaField> fields;
  for (int64_t i = 0; i < schema_.n_children; ++i)
    fields.push_back({schema_.children[i]->format, names.at(static_cast<size_t>(i))});
  const ArrowSchema named = psa::make_schema(fields);
  schema_.release(&schema_);
  schema_ = named;
  stream_.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    *out = std::exchange(static_cast<ParameterRows*>(self->private_data)->schema_, {});
    return 0;
  };
  stream_.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    *out = std::exchange(static_cast<ParameterRows*>(self->private_data)->array_, {});
    return 0;
  };
  stream_.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream_.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  stream_.private_data = this;
  return &stream_;
}

}  // namespace psa_conformance
