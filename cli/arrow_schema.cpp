#include "arrow_schema.hpp"

#include <bit>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/sql/arrow_metadata.hpp>

namespace psa_cli {
namespace {

using arrow_ipc::TimeUnit;
using arrow_ipc::Type;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

struct EncodedType {
  Type type;
  Offset<void> table;
};

template <class Table>
EncodedType encoded(Offset<Table> table) {
  return {arrow_ipc::TypeTraits<Table>::enum_value, table.Union()};
}

/// "10,2" as numbers.
std::vector<std::int32_t> numbers_of(std::string_view text) {
  std::vector<std::int32_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int32_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) break;
    out.push_back(number);
    at = read.ptr + 1;  // behind the comma
  }
  return out;
}

TimeUnit time_unit(char letter) {
  switch (letter) {
    case 's':
      return TimeUnit::SECOND;
    case 'm':
      return TimeUnit::MILLISECOND;
    case 'u':
      return TimeUnit::MICROSECOND;
    default:
      return TimeUnit::NANOSECOND;
  }
}

EncodedType encode_letter(FlatBufferBuilder& to, char letter) {
  using namespace arrow_ipc;
  switch (letter) {
    case 'n':
      return encoded(CreateNull(to));
    case 'b':
      return encoded(CreateBool(to));
    case 'c':
      return encoded(CreateInt(to, 8, true));
    case 'C':
      return encoded(CreateInt(to, 8, false));
    case 's':
      return encoded(CreateInt(to, 16, true));
    case 'S':
      return encoded(CreateInt(to, 16, false));
    case 'i':
      return encoded(CreateInt(to, 32, true));
    case 'I':
      return encoded(CreateInt(to, 32, false));
    case 'l':
      return encoded(CreateInt(to, 64, true));
    case 'L':
      return encoded(CreateInt(to, 64, false));
    case 'f':
      return encoded(CreateFloatingPoint(to, Precision::SINGLE));
    case 'g':
      return encoded(CreateFloatingPoint(to, Precision::DOUBLE));
    case 'u':
      return encoded(CreateUtf8(to));
    case 'U':
      return encoded(CreateLargeUtf8(to));
    case 'z':
      return encoded(CreateBinary(to));
    case 'Z':
      return encoded(CreateLargeBinary(to));
    default:
      return {Type::NONE, 0};
  }
}

/// Formats of several letters. @return Type::NONE for one that is not known
EncodedType encode_words(FlatBufferBuilder& to, std::string_view format) {
  using namespace arrow_ipc;
  if (format == "tdD") return encoded(CreateDate(to, DateUnit::DAY));
  if (format == "tdm") return encoded(CreateDate(to, DateUnit::MILLISECOND));
  if (format == "tiM") return encoded(CreateInterval(to, IntervalUnit::YEAR_MONTH));
  if (format == "tin") return encoded(CreateInterval(to, IntervalUnit::MONTH_DAY_NANO));
  if (format == "tts" || format == "ttm") return encoded(CreateTime(to, time_unit(format[2]), 32));
  if (format == "ttu" || format == "ttn") return encoded(CreateTime(to, time_unit(format[2]), 64));
  if (format.starts_with("ts") && format.size() >= 4 && format[3] == ':') {
    const auto zone = format.substr(4);
    return encoded(CreateTimestamp(to, time_unit(format[2]), zone.empty() ? 0 : to.CreateString(zone)));
  }
  if (format == "+l") return encoded(CreateList(to));
  if (format == "+L") return encoded(CreateLargeList(to));
  if (format.starts_with("+ud:")) {
    return encoded(CreateUnion(to, UnionMode::Dense, to.CreateVector(numbers_of(format.substr(4)))));
  }
  if (format.size() < 2) return {Type::NONE, 0};
  const auto numbers = numbers_of(format.substr(2));
  if (format.starts_with("w:") && numbers.size() == 1) return encoded(CreateFixedSizeBinary(to, numbers[0]));
  if (format.starts_with("d:") && (numbers.size() == 2 || (numbers.size() == 3 && numbers[2] == 128)))
    return encoded(CreateDecimal(to, numbers[0], numbers[1], 128));
  return {Type::NONE, 0};
}

Offset<flatbuffers::Vector<Offset<arrow_ipc::KeyValue>>> encode_metadata(FlatBufferBuilder& to,
                                                                         const char* metadata) {
  if (metadata == nullptr) return 0;
  std::vector<Offset<arrow_ipc::KeyValue>> pairs;
  prefect_sqlalchemy::visit_arrow_metadata(metadata, [&](std::string_view key, std::string_view value) {
    const auto key_text = to.CreateString(key);
    pairs.push_back(arrow_ipc::CreateKeyValue(to, key_text, to.CreateString(value)));
  });
  return to.CreateVector(pairs);
}

Offset<arrow_ipc::Field> encode_field(FlatBufferBuilder& to, const ArrowSchema& schema) {
  const std::string_view format = schema.format == nullptr ? "" : schema.format;
  const std::string name = schema.name == nullptr ? "" : schema.name;
  const auto type = format.size() == 1 ? encode_letter(to, format[0]) : encode_words(to, format);
  if (type.type == Type::NONE || schema.dictionary != nullptr) {
    throw prefect_sqlalchemy::NotSupportedError(
        "the column \"" + name + "\" has the Arrow type \"" + std::string(format) +
        "\", which --format arrow does not write; CAST it in the statement, or use --format csv");
  }
  std::vector<Offset<arrow_ipc::Field>> children;
  for (std::int64_t i = 0; i < schema.n_children; ++i)
    children.push_back(encode_field(to, *schema.children[i]));
  const auto metadata = encode_metadata(to, schema.metadata);
  const bool nullable = (schema.flags & ARROW_FLAG_NULLABLE) != 0;
  const auto name_text = to.CreateString(name);
  return arrow_ipc::CreateField(to, name_text, nullable, type.type, type.table, 0, to.CreateVector(children),
                                metadata);
}

}  // namespace

void encode_schema(FlatBufferBuilder& to, const ArrowSchema& schema) {
  using namespace arrow_ipc;
  std::vector<Offset<Field>> fields;
  for (std::int64_t i = 0; i < schema.n_children; ++i)
    fields.push_back(encode_field(to, *schema.children[i]));
  const auto endianness = std::endian::native == std::endian::little ? Endianness::Little : Endianness::Big;
  const auto header =
      CreateSchema(to, endianness, to.CreateVector(fields), encode_metadata(to, schema.metadata));
  to.Finish(CreateMessage(to, MetadataVersion::V5, MessageHeader::Schema, header.Union()));
}

}  // namespace psa_cli
