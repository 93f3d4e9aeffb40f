// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include <psa/sdk/arrow_schema.hpp>

#include "shared_block.hpp"

namespace psa {
namespace {

// In front of the schemas' memory; each schema of the tree holds one reference.
struct SchemaBlock {
  std::atomic<int64_t> references;
};

void release_schema(ArrowSchema* schema) {
  auto* block = static_cast<SchemaBlock*>(schema->private_data);
  const int64_t given_back = release_tree(schema, &release_schema);
  if (block->references.fetch_sub(given_back, std::memory_order_acq_rel) == given_back) {
    block->~SchemaBlock();
    std::free(block);
  }
}

struct Totals {
  size_t fields = 0;
  size_t text = 0;
};

void measure(std::span<const SchemaField> fields, Totals& totals) {
  for (const SchemaField& field : fields) {
    ++totals.fields;
    totals.text += field.format.size() + field.name.size() + field.metadata.size() + 2;
    measure(field.children, totals);
  }
}

// Places schemas, child pointers and texts, each in its own part of the block.
struct SchemaWriter {
  SchemaBlock* block;
  ArrowSchema* schemas;
  ArrowSchema** pointers;
  char* text;

  const char* copy(std::string_view from, size_t terminator) {
    char* to = text;
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
    if (terminator != 0) to[from.size()] = '\0';
    text += from.size() + terminator;
    return to;
  }

  void write_children(ArrowSchema& parent, std::span<const SchemaField> fields) {
    ArrowSchema* first = schemas;
    schemas += fields.size();
    parent.n_children = static_cast<int64_t>(fields.size());
    parent.children = pointers;
    pointers += fields.size();
    for (size_t i = 0; i < fields.size(); ++i) {
      const SchemaField& field = fields[i];
      ArrowSchema& schema = *new (first + i) ArrowSchema{};
      schema.format = copy(field.format, 1);
      schema.name = copy(field.name, 1);
      schema.metadata = field.metadata.empty() ? nullptr : copy(field.metadata, 0);
      schema.flags = field.flags;
      schema.release = &release_schema;
      schema.private_data = block;
      parent.children[i] = &schema;
      if (!field.children.empty()) write_children(schema, field.children);
    }
  }
};

void append_int32(std::string& to, size_t value) {
  const auto number = static_cast<int32_t>(value);
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

int32_t read_int32(const char*& from) noexcept {
  int32_t value;
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
  return value;
}

}  // namespace

ArrowSchema make_schema(std::span<const SchemaField> fields) {
  Totals totals;
  measure(fields, totals);
  BlockLayout layout;
  layout.add(sizeof(SchemaBlock), alignof(SchemaBlock));
  const size_t schemas = layout.add(totals.fields * sizeof(ArrowSchema), alignof(ArrowSchema));
  const size_t pointers = layout.add(totals.fields * sizeof(ArrowSchema*), alignof(ArrowSchema*));
  const size_t text = layout.add(totals.text, 1);
  auto* memory = static_cast<char*>(std::malloc(layout.size()));
  if (memory == nullptr) throw std::bad_alloc();
  auto* block = new (memory) SchemaBlock{static_cast<int64_t>(totals.fields) + 1};
  SchemaWriter writer{block, reinterpret_cast<ArrowSchema*>(memory + schemas),
                      reinterpret_cast<ArrowSchema**>(memory + pointers), memory + text};
  ArrowSchema root{};
  root.format = "+s";
  root.name = "";
  root.release = &release_schema;
  root.private_data = block;
  writer.write_children(root, fields);
  return root;
}

std::string encode_metadata(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  std::string encoded;
  append_int32(encoded, pairs.size());
  for (const auto& [key, value] : pairs) {
    append_int32(encoded, key.size());
    encoded += key;
    append_int32(encoded, value.size());
    encoded += value;
  }
  return encoded;
}

std::string_view find_metadata(const char* metadata, std::string_view key) noexcept {
  if (metadata == nullptr) return {};
  for (int32_t pairs = read_int32(metadata); pairs > 0; --pairs) {
    const auto take = [&] {
      const auto size = static_cast<size_t>(read_int32(metadata));
      const std::string_view text(metadata, size);
      metadata += size;
      return text;
    };
    const std::string_view found = take();
    const std::string_view value = take();
    if (found == key) return value;
  }
  return {};
}

}  // namespace psa
