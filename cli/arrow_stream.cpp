#include "arrow_stream.hpp"

#include <array>
#include <cstring>
#include <ostream>

#include "arrow_batch.hpp"
#include "arrow_schema.hpp"

namespace psa_cli {
namespace {

using flatbuffers::FlatBufferBuilder;

/// A struct of Arrow's C interface that is released with its scope.
template <class T>
struct Released : T {
  Released() : T{} {}
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;
  ~Released() {
    if (this->release != nullptr) this->release(this);
  }
};

void check(ArrowArrayStream& stream, int status) {
  if (status == 0) return;
  const char* text = stream.get_last_error(&stream);
  throw prefect_sqlalchemy::Error(text == nullptr ? std::strerror(status) : text);
}

class MessageWriter {
 public:
  explicit MessageWriter(std::ostream& out) : out_(out) {}

  void message(const FlatBufferBuilder& metadata, const std::vector<ArrowBatch::Bytes>& body) {
    prefix(static_cast<std::int32_t>(arrow_padded(metadata.GetSize())));
    padded(metadata.GetBufferPointer(), metadata.GetSize());
    for (const auto& bytes : body) padded(bytes.data(), bytes.size());
    if (!out_) throw prefect_sqlalchemy::Error("standard output cannot be written");
  }
  void end() { prefix(0); }

 private:
  /// What each message begins with: a mark, and the size of its metadata; 0 ends the stream.
  void prefix(std::int32_t metadata_size) {
    write("\xff\xff\xff\xff", 4);
    const auto little = flatbuffers::EndianScalar(metadata_size);
    write(&little, sizeof little);
  }
  void padded(const void* data, std::size_t size) {
    constexpr std::array<char, arrow_alignment> zeros{};
    write(data, size);
    write(zeros.data(), static_cast<std::size_t>(arrow_padded(static_cast<std::int64_t>(size))) - size);
  }
  void write(const void* data, std::size_t size) {
    out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  }

  std::ostream& out_;
};

}  // namespace

void write_arrow_stream(prefect_sqlalchemy::CursorResult& result,
                        const prefect_sqlalchemy::ArrowExportOptions& options, std::ostream& out,
                        const std::function<void(std::int64_t)>& wrote) {
  Released<ArrowArrayStream> stream;
  result.export_arrow(&stream, options);
  Released<ArrowSchema> schema;
  check(stream, stream.get_schema(&stream, &schema));
  MessageWriter writer(out);
  FlatBufferBuilder metadata;
  encode_schema(metadata, schema);
  writer.message(metadata, {});
  for (std::int64_t rows = 0;;) {
    Released<ArrowArray> array;
    check(stream, stream.get_next(&stream, &array));
    if (array.release == nullptr) break;
    const ArrowBatch batch(schema, array);
    metadata.Clear();
    batch.encode(metadata);
    writer.message(metadata, batch.body());
    wrote(rows += array.length);
  }
  writer.end();
}

}  // namespace psa_cli
