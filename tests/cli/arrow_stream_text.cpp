#include "arrow_stream_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <gtest/gtest.h>

#include "arrow_ipc_generated.h"

namespace test_support {
namespace {

using namespace psa_cli::arrow_ipc;

template <class T>
T number_at(std::string_view bytes, std::int64_t index) {
  T out{};
  const auto at = static_cast<std::size_t>(index) * sizeof(T);
  if (at + sizeof(T) > bytes.size()) {
    ADD_FAILURE() << "a buffer ends before row " << index;
    return out;
  }
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

bool bit_at(std::string_view bytes, std::int64_t index) {
  return number_at<std::uint8_t>(bytes, index / 8) >> (index % 8) & 1;
}

std::string hexadecimal(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string type_text(const Field& field) {
  std::string out = EnumNameType(field.type_type());
  if (const auto* type = field.type_as_Int())
    return (type->is_signed() ? "Int" : "UInt") + std::to_string(type->bit_width());
  if (const auto* type = field.type_as_FloatingPoint())
    return type->precision() == Precision::DOUBLE ? "Double" : "Float";
  if (const auto* type = field.type_as_Decimal())
    return "Decimal" + std::to_string(type->bit_width()) + "(" + std::to_string(type->precision()) + "," +
           std::to_string(type->scale()) + ")";
  if (const auto* type = field.type_as_Date()) return out + "(" + EnumNameDateUnit(type->unit()) + ")";
  if (const auto* type = field.type_as_Time())
    return out + std::to_string(type->bit_width()) + "(" + EnumNameTimeUnit(type->unit()) + ")";
  if (const auto* type = field.type_as_Timestamp())
    return out + "(" + EnumNameTimeUnit(type->unit()) +
           (type->timezone() == nullptr ? "" : "," + type->timezone()->str()) + ")";
  if (const auto* type = field.type_as_Interval())
    return out + "(" + EnumNameIntervalUnit(type->unit()) + ")";
  if (const auto* type = field.type_as_FixedSizeBinary())
    return out + "(" + std::to_string(type->byte_width()) + ")";
  if (const auto* type = field.type_as_Union()) {
    out += std::string("(") + EnumNameUnionMode(type->mode());
    for (const auto id : *type->type_ids()) out += "," + std::to_string(id);
    return out + ")";
  }
  return out;
}

std::string field_text(const Field& field) {
  std::string out = field.name()->str() + ": " + type_text(field);
  if (field.children()->size() > 0) {
    std::string children;
    for (const auto* child : *field.children())
      children += (children.empty() ? "" : ", ") + field_text(*child);
    out += "<" + children + ">";
  }
  if (!field.nullable()) out += " not null";
  if (field.custom_metadata() == nullptr) return out;
  std::string pairs;
  for (const auto* pair : *field.custom_metadata())
    pairs += (pairs.empty() ? "" : ", ") + pair->key()->str() + "=" + pair->value()->str();
  return out + " {" + pairs + "}";
}

/// An array as it stands in a batch.
struct ReadArray {
  const Field* field = nullptr;
  std::int64_t length = 0;
  std::string_view valid, types, offsets, data;
  std::vector<ReadArray> children;

  std::string text(std::int64_t row) const;

 private:
  template <class Offset>
  std::string list(std::int64_t row) const {
    std::string out;
    for (auto at = number_at<Offset>(offsets, row); at < number_at<Offset>(offsets, row + 1); ++at)
      out += (out.empty() ? "" : ", ") + children[0].text(at);
    return "[" + out + "]";
  }
  template <class Offset>
  std::string_view bytes(std::int64_t row) const {
    const auto begin = static_cast<std::size_t>(number_at<Offset>(offsets, row));
    const auto end = static_cast<std::size_t>(number_at<Offset>(offsets, row + 1));
    if (begin > end || end > data.size()) {
      ADD_FAILURE() << "the offsets of row " << row << " are not in the data";
      return {};
    }
    return data.substr(begin, end - begin);
  }
  std::string integer(std::int64_t row, int bits, bool is_signed) const {
    if (bits == 8)
      return std::to_string(is_signed ? number_at<std::int8_t>(data, row)
                                      : number_at<std::uint8_t>(data, row));
    if (bits == 16)
      return std::to_string(is_signed ? number_at<std::int16_t>(data, row)
                                      : number_at<std::uint16_t>(data, row));
    if (bits == 32)
      return is_signed ? std::to_string(number_at<std::int32_t>(data, row))
                       : std::to_string(number_at<std::uint32_t>(data, row));
    return is_signed ? std::to_string(number_at<std::int64_t>(data, row))
                     : std::to_string(number_at<std::uint64_t>(data, row));
  }
  std::string fixed(std::int64_t row, std::size_t width) const {
    const auto at = static_cast<std::size_t>(row) * width;
    EXPECT_LE(at + width, data.size());
    return hexadecimal(data.substr(std::min(at, data.size()), width));
  }
};

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::string ReadArray::text(std::int64_t row) const {
  if (row < 0 || row >= length) {
    ADD_FAILURE() << "there is no row " << row << " in " << field->name()->str();
    return "";
  }
  if (field->type_type() == Type::Null) return "NULL";
  if (!valid.empty() && !bit_at(valid, row)) return "NULL";
  switch (field->type_type()) {
    case Type::Bool:
      return bit_at(data, row) ? "true" : "false";
    case Type::Int:
      return integer(row, field->type_as_Int()->bit_width(), field->type_as_Int()->is_signed());
    case Type::FloatingPoint:
      return number_text(field->type_as_FloatingPoint()->precision() == Precision::DOUBLE
                             ? number_at<double>(data, row)
                             : static_cast<double>(number_at<float>(data, row)));
    case Type::Utf8:
      return std::string(bytes<std::int32_t>(row));
    case Type::LargeUtf8:
      return std::string(bytes<std::int64_t>(row));
    case Type::Binary:
      return hexadecimal(bytes<std::int32_t>(row));
    case Type::LargeBinary:
      return hexadecimal(bytes<std::int64_t>(row));
    case Type::FixedSizeBinary:
      return fixed(row, static_cast<std::size_t>(field->type_as_FixedSizeBinary()->byte_width()));
    case Type::Decimal:
      EXPECT_EQ(number_at<std::int64_t>(data, 2 * row + 1), number_at<std::int64_t>(data, 2 * row) >> 63);
      return std::to_string(number_at<std::int64_t>(data, 2 * row));
    case Type::Date:
      return integer(row, field->type_as_Date()->unit() == DateUnit::DAY ? 32 : 64, true);
    case Type::Time:
      return integer(row, field->type_as_Time()->bit_width(), true);
    case Type::Timestamp:
      return integer(row, 64, true);
    case Type::Interval:
      return integer(4 * row, 32, true) + " months " + integer(4 * row + 1, 32, true) + " days " +
             integer(2 * row + 1, 64, true) + " ns";
    case Type::List:
      return list<std::int32_t>(row);
    case Type::LargeList:
      return list<std::int64_t>(row);
    case Type::Union: {
      const auto type = number_at<std::int8_t>(types, row);
      const auto& ids = *field->type_as_Union()->type_ids();
      for (flatbuffers::uoffset_t i = 0; i < ids.size(); ++i)
        if (ids[i] == type) return children[i].text(number_at<std::int32_t>(offsets, row));
      ADD_FAILURE() << "the union has no type " << int{type};
      return "";
    }
    default:
      ADD_FAILURE() << "a type that is not read: " << type_text(*field);
      return "";
  }
}

/// Takes a batch's nodes and buffers one after the other, as the fields ask for them.
class BatchReader {
 public:
  BatchReader(const RecordBatch& batch, std::string_view body) : batch_(batch), body_(body) {}

  ReadArray array(const Field& field) {
    ReadArray out{.field = &field};
    if (node_ >= batch_.nodes()->size()) {
      ADD_FAILURE() << "there are too few nodes";
      return out;
    }
    const auto& node = *batch_.nodes()->Get(node_++);
    out.length = node.length();
    const auto type = field.type_type();
    if (type == Type::Union) {
      out.types = buffer();
      out.offsets = buffer();
    } else if (type != Type::Null) {
      out.valid = buffer();
      std::int64_t nulls = 0;
      for (std::int64_t i = 0; i < (out.valid.empty() ? 0 : out.length); ++i) nulls += !bit_at(out.valid, i);
      EXPECT_EQ(node.null_count(), nulls) << field.name()->str();
      const bool list = type == Type::List || type == Type::LargeList;
      if (list || type == Type::Utf8 || type == Type::LargeUtf8 || type == Type::Binary ||
          type == Type::LargeBinary)
        out.offsets = buffer();
      if (!list) out.data = buffer();
    }
    for (const auto* child : *field.children()) out.children.push_back(array(*child));
    return out;
  }
  void expect_all_taken() const {
    EXPECT_EQ(node_, batch_.nodes()->size());
    EXPECT_EQ(buffer_, batch_.buffers()->size());
  }

 private:
  std::string_view buffer() {
    if (buffer_ >= batch_.buffers()->size()) {
      ADD_FAILURE() << "there are too few buffers";
      return {};
    }
    const auto& at = *batch_.buffers()->Get(buffer_++);
    EXPECT_EQ(at.offset() % 8, 0);
    const auto begin = static_cast<std::size_t>(at.offset()), size = static_cast<std::size_t>(at.length());
    if (begin > body_.size() || size > body_.size() - begin) {
      ADD_FAILURE() << "a buffer is not in the body";
      return {};
    }
    return body_.substr(begin, size);
  }

  const RecordBatch& batch_;
  std::string_view body_;
  flatbuffers::uoffset_t node_ = 0, buffer_ = 0;
};

}  // namespace

ArrowStreamText read_arrow_stream(std::string_view bytes) {
  ArrowStreamText out;
  std::string schema_bytes;
  const Schema* schema = nullptr;
  const auto take = [&](std::size_t size) {
    const auto taken = bytes.substr(0, size);
    bytes.remove_prefix(taken.size());
    return taken;
  };
  while (bytes.size() >= 8) {
    EXPECT_EQ(number_at<std::int32_t>(bytes, 0), -1);
    const auto size = static_cast<std::size_t>(number_at<std::int32_t>(take(8), 1));
    if (size == 0) {
      out.has_ended = true;
      break;
    }
    EXPECT_EQ(size % 8, 0u);
    if (size > bytes.size()) break;
    const std::string metadata(take(size));  // in memory that is aligned
    flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(metadata.data()), metadata.size());
    if (!VerifyMessageBuffer(verifier)) {
      ADD_FAILURE() << "the metadata of a message is broken";
      break;
    }
    const Message& message = *GetMessage(metadata.data());
    EXPECT_EQ(message.version(), MetadataVersion::V5);
    EXPECT_EQ(message.body_length() % 8, 0);
    if (static_cast<std::size_t>(message.body_length()) > bytes.size()) break;
    const auto body = take(static_cast<std::size_t>(message.body_length()));
    if (message.header_as_Schema() != nullptr) {
      EXPECT_EQ(schema, nullptr) << "a stream has one schema";
      schema_bytes = metadata;
      schema = GetMessage(schema_bytes.data())->header_as_Schema();
      for (const auto* field : *schema->fields()) out.fields.push_back(field_text(*field));
      continue;
    }
    const auto* batch = message.header_as_RecordBatch();
    if (batch == nullptr || schema == nullptr) {
      ADD_FAILURE() << "a message that is no batch of rows behind a schema";
      break;
    }
    ++out.batches;
    BatchReader reader(*batch, body);
    std::vector<ReadArray> columns;
    for (const auto* field : *schema->fields()) columns.push_back(reader.array(*field));
    reader.expect_all_taken();
    for (std::int64_t row = 0; row < batch->length(); ++row) {
      auto& cells = out.rows.emplace_back();
      for (const auto& column : columns) cells.push_back(column.text(row));
    }
  }
  out.rest = bytes;
  return out;
}

}  // namespace test_support
