#include "arrow_share.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace prefect_sqlalchemy::detail {
namespace {

struct SchemaOwner {
  std::string format, name, metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

struct ArrayOwner {
  std::shared_ptr<const void> buffers;
  std::vector<const void*> buffer_pointers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

template <class Arrow, class Owner>
void release(Arrow* arrow) {
  for (std::int64_t i = 0; i < arrow->n_children; ++i) {
    if (arrow->children[i]->release != nullptr) arrow->children[i]->release(arrow->children[i]);
  }
  delete static_cast<Owner*>(arrow->private_data);
  arrow->release = nullptr;
}

template <class Arrow, class Owner>
void adopt(Arrow& arrow, std::unique_ptr<Owner> owner) {
  for (Arrow& child : owner->children) owner->pointers.push_back(&child);
  arrow.n_children = static_cast<std::int64_t>(owner->children.size());
  arrow.children = owner->pointers.data();
  arrow.release = release<Arrow, Owner>;
  arrow.private_data = owner.release();
}

/// The size of metadata in Arrow's form, which carries its own counts.
std::size_t metadata_size(const char* metadata) {
  std::size_t at = 0;
  const auto number = [&] {
    std::int32_t out = 0;
    std::memcpy(&out, metadata + at, sizeof out);
    at += sizeof out;
    return out;
  };
  for (std::int32_t left = 2 * number(); left > 0; --left) at += static_cast<std::size_t>(number());
  return at;
}

}  // namespace

ArrowSchema copy_schema(const ArrowSchema& schema) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->format = schema.format;
  owner->name = schema.name == nullptr ? "" : schema.name;
  if (schema.metadata != nullptr) owner->metadata.assign(schema.metadata, metadata_size(schema.metadata));
  for (std::int64_t i = 0; i < schema.n_children; ++i)
    owner->children.push_back(copy_schema(*schema.children[i]));
  ArrowSchema out{};
  out.format = owner->format.c_str();
  out.name = owner->name.c_str();
  out.metadata = owner->metadata.empty() ? nullptr : owner->metadata.c_str();
  out.flags = schema.flags;
  adopt(out, std::move(owner));
  return out;
}

bool same_type(const ArrowSchema& left, const ArrowSchema& right) {
  if (std::strcmp(left.format, right.format) != 0 || left.n_children != right.n_children) return false;
  for (std::int64_t i = 0; i < left.n_children; ++i) {
    if (!same_type(*left.children[i], *right.children[i])) return false;
  }
  return true;
}

ArrowArray share_array(const ArrowArray& array, std::int64_t first, std::int64_t length,
                       std::shared_ptr<const void> buffers) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->buffer_pointers.assign(array.buffers, array.buffers + array.n_buffers);
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    owner->children.push_back(share_array(*array.children[i], 0, array.children[i]->length, buffers));
  }
  owner->buffers = std::move(buffers);
  ArrowArray out{};
  out.length = length;
  out.null_count = length == array.length || array.null_count == 0 ? array.null_count : -1;
  out.offset = array.offset + first;
  out.n_buffers = array.n_buffers;
  out.buffers = owner->buffer_pointers.data();
  adopt(out, std::move(owner));
  return out;
}

ArrowArray make_struct(std::int64_t length, std::vector<ArrowArray> columns) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->buffer_pointers.push_back(nullptr);
  owner->children = std::move(columns);
  ArrowArray out{};
  out.length = length;
  out.n_buffers = 1;
  out.buffers = owner->buffer_pointers.data();
  adopt(out, std::move(owner));
  return out;
}

}  // namespace prefect_sqlalchemy::detail
