#include "arrow_batch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy.hpp>

namespace psa_cli {
namespace {

/// Bytes of one value of a format that is neither of bits nor of offsets; the formats are those that
/// encode_schema() takes.
std::int64_t width_of(std::string_view format) {
  switch (format[0]) {
    case 'c':
    case 'C':
      return 1;
    case 's':
    case 'S':
      return 2;
    case 'i':
    case 'I':
    case 'f':
      return 4;
    case 'd':
      return 16;
    case 'w': {
      std::int64_t width = 0;
      std::from_chars(format.data() + 2, format.data() + format.size(), width);
      return width;
    }
    case 't':
      if (format == "tin") return 16;
      return format == "tdD" || format == "tts" || format == "ttm" || format == "tiM" ? 4 : 8;
    default:
      return 8;
  }
}

/// The child of each type id of a dense union, "+ud:0,1,2"; -1: none.
std::array<int, 128> children_by_type(std::string_view format) {
  std::array<int, 128> out{};
  out.fill(-1);
  const char* at = format.data() + 4;
  const char* const end = format.data() + format.size();
  for (int child = 0; at < end; ++child) {
    std::size_t type = 0;
    const auto read = std::from_chars(at, end, type);
    if (read.ec != std::errc()) break;
    if (type < out.size()) out[type] = child;
    at = read.ptr + 1;  // behind the comma
  }
  return out;
}

}  // namespace

ArrowBatch::ArrowBatch(const ArrowSchema& schema, const ArrowArray& array) : length_(array.length) {
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    const ArrowArray& child = *array.children[i];
    add(*schema.children[i], child, {child.offset + array.offset, array.length});
  }
}

void ArrowBatch::encode(flatbuffers::FlatBufferBuilder& to) const {
  using namespace arrow_ipc;
  const auto nodes = to.CreateVectorOfStructs(nodes_);
  const auto buffers = to.CreateVectorOfStructs(buffers_);
  const auto header = CreateRecordBatch(to, length_, nodes, buffers);
  to.Finish(CreateMessage(to, MetadataVersion::V5, MessageHeader::RecordBatch, header.Union(), size_));
}

void ArrowBatch::add(const ArrowSchema& schema, const ArrowArray& array, Rows rows) {
  const std::string_view format = schema.format;
  if (format == "n") {
    nodes_.emplace_back(rows.length, rows.length);
    return;
  }
  if (format.starts_with("+ud:")) return add_union(schema, array, rows);
  add_node(array, rows);
  if (format == "b") {
    add_bits(array.buffers[1], rows);
  } else if (format == "u" || format == "z" || format == "U" || format == "Z") {
    const bool narrow = format == "u" || format == "z";
    const Rows bytes =
        narrow ? add_offsets<std::int32_t>(array, rows) : add_offsets<std::int64_t>(array, rows);
    add_buffer(static_cast<const std::byte*>(array.buffers[2]) + bytes.first, bytes.length);
  } else if (format == "+l" || format == "+L") {
    const Rows elements =
        format == "+l" ? add_offsets<std::int32_t>(array, rows) : add_offsets<std::int64_t>(array, rows);
    const ArrowArray& child = *array.children[0];
    add(*schema.children[0], child, {child.offset + elements.first, elements.length});
  } else {
    add_fixed(array, rows, width_of(format));
  }
}

// The offsets of each child's rows rise, so that those of the rows written lie between a first and a last.
void ArrowBatch::add_union(const ArrowSchema& schema, const ArrowArray& array, Rows rows) {
  nodes_.emplace_back(rows.length, 0);  // NULL is in a child: a union has no bits for it
  const auto* types = static_cast<const std::int8_t*>(array.buffers[0]) + rows.first;
  const auto* offsets = static_cast<const std::int32_t*>(array.buffers[1]) + rows.first;
  const auto child_of = children_by_type(schema.format);
  struct Range {
    std::int32_t begin = std::numeric_limits<std::int32_t>::max();
    std::int32_t end = 0;
  };
  std::vector<Range> used(static_cast<std::size_t>(array.n_children));
  const auto child_at = [&](std::int64_t row) {
    const int child = types[row] < 0 ? -1 : child_of[static_cast<std::size_t>(types[row])];
    if (child < 0 || child >= array.n_children) {
      throw prefect_sqlalchemy::InterfaceError("the driver sent a union's value of a type that the union \"" +
                                               std::string(schema.format) + "\" does not have");
    }
    return static_cast<std::size_t>(child);
  };
  for (std::int64_t row = 0; row < rows.length; ++row) {
    Range& range = used[child_at(row)];
    range.begin = std::min(range.begin, offsets[row]);
    range.end = std::max(range.end, offsets[row] + 1);
  }
  add_buffer(types, rows.length);
  auto* const rebased = make_buffer<std::int32_t>(rows.length);
  for (std::int64_t row = 0; row < rows.length; ++row)
    rebased[row] = offsets[row] - used[child_at(row)].begin;
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    const ArrowArray& child = *array.children[i];
    const Range range = used[static_cast<std::size_t>(i)];
    const std::int64_t begin = range.end == 0 ? 0 : range.begin;
    add(*schema.children[i], child, {child.offset + begin, range.end - begin});
  }
}

/// Length, number of NULLs, and the bits that say which; no bits if there are none.
void ArrowBatch::add_node(const ArrowArray& array, Rows rows) {
  const void* const valid = array.buffers[0];
  if (valid == nullptr || array.null_count == 0) {
    nodes_.emplace_back(rows.length, 0);
    add_buffer(nullptr, 0);
    return;
  }
  nodes_.emplace_back(rows.length, rows.length - add_bits(valid, rows));
}

void ArrowBatch::add_fixed(const ArrowArray& array, Rows rows, std::int64_t width) {
  add_buffer(static_cast<const std::byte*>(array.buffers[1]) + rows.first * width, rows.length * width);
}

/// @return the bytes or elements that the offsets speak of
template <class OffsetType>
ArrowBatch::Rows ArrowBatch::add_offsets(const ArrowArray& array, Rows rows) {
  if (rows.length == 0) {
    *make_buffer<OffsetType>(1) = 0;
    return {0, 0};
  }
  const auto* offsets = static_cast<const OffsetType*>(array.buffers[1]) + rows.first;
  const OffsetType begin = offsets[0];
  const Rows out{begin, offsets[rows.length] - begin};
  if (begin == 0) {
    add_buffer(offsets, (rows.length + 1) * static_cast<std::int64_t>(sizeof(OffsetType)));
  } else {
    auto* const rebased = make_buffer<OffsetType>(rows.length + 1);
    std::transform(offsets, offsets + rows.length + 1, rebased,
                   [begin](OffsetType offset) { return static_cast<OffsetType>(offset - begin); });
  }
  return out;
}

void ArrowBatch::add_buffer(const void* data, std::int64_t size) {
  buffers_.emplace_back(size_, size);
  size_ += arrow_padded(size);
  if (size > 0) body_.emplace_back(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
}

template <class T>
T* ArrowBatch::make_buffer(std::int64_t count) {
  const std::int64_t size = count * static_cast<std::int64_t>(sizeof(T));
  auto& room = made_.emplace_back(static_cast<std::size_t>(arrow_padded(size) / arrow_alignment));
  add_buffer(room.data(), size);
  return reinterpret_cast<T*>(room.data());
}

/// Copies bits to where they begin at a byte. @return how many are set
std::int64_t ArrowBatch::add_bits(const void* bits, Rows rows) {
  const auto* from = static_cast<const std::uint8_t*>(bits);
  auto* const to = make_buffer<std::uint8_t>((rows.length + 7) / 8);
  std::int64_t set = 0;
  for (std::int64_t i = 0; i < rows.length; ++i) {
    const std::int64_t at = rows.first + i;
    if ((from[at / 8] >> (at % 8) & 1) == 0) continue;
    to[i / 8] = static_cast<std::uint8_t>(to[i / 8] | 1 << (i % 8));
    ++set;
  }
  return set;
}

}  // namespace psa_cli
