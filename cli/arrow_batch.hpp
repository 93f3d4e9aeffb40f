#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include <psa/driver.h>

#include "arrow_ipc_generated.h"

namespace psa_cli {

/// Bytes of a message's body start at multiples of it.
constexpr std::int64_t arrow_alignment = 8;

constexpr std::int64_t arrow_padded(std::int64_t size) {
  return (size + arrow_alignment - 1) / arrow_alignment * arrow_alignment;
}

/// One batch of rows as a message of an Arrow IPC stream. Buffers are pointed to where they can be written as
/// they are; those whose rows begin inside of them (bits, offsets) are rebased into memory of its own.
class ArrowBatch {
 public:
  using Bytes = std::span<const std::byte>;

  /// @param schema  of a struct, whose fields encode_schema() took
  /// @param array   its rows; outlives this object
  ArrowBatch(const ArrowSchema& schema, const ArrowArray& array);
  ArrowBatch(const ArrowBatch&) = delete;
  ArrowBatch& operator=(const ArrowBatch&) = delete;

  /// The message's metadata, finished in `to`.
  void encode(flatbuffers::FlatBufferBuilder& to) const;
  /// The body: each to be followed by zeros up to arrow_padded().
  const std::vector<Bytes>& body() const { return body_; }

 private:
  /// The rows of an array that are written, counted in its buffers: the array's own offset is in `first`.
  struct Rows {
    std::int64_t first;
    std::int64_t length;
  };

  void add(const ArrowSchema& schema, const ArrowArray& array, Rows rows);
  void add_union(const ArrowSchema& schema, const ArrowArray& array, Rows rows);
  void add_node(const ArrowArray& array, Rows rows);
  void add_fixed(const ArrowArray& array, Rows rows, std::int64_t width);
  template <class OffsetType>
  Rows add_offsets(const ArrowArray& array, Rows rows);
  void add_buffer(const void* data, std::int64_t size);
  /// Room that lives as long as this object, as a buffer.
  template <class T>
  T* make_buffer(std::int64_t count);
  std::int64_t add_bits(const void* bits, Rows rows);

  std::int64_t length_;
  std::vector<arrow_ipc::FieldNode> nodes_;
  std::vector<arrow_ipc::Buffer> buffers_;
  std::vector<Bytes> body_;
  std::int64_t size_ = 0;
  std::deque<std::vector<std::int64_t>> made_;
};

}  // namespace psa_cli
