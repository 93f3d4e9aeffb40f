// SPDX-License-Identifier: Apache-2.0
#include "cells.hpp"

#include <stdexcept>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>

namespace driver_client {
namespace {

// What is handed out belongs to the Cells object.
void release_schema(ArrowSchema* schema) { schema->release = nullptr; }
void release_array(ArrowArray* array) { array->release = nullptr; }

template <class T>
void put(std::string& buffer, T value) {
  buffer.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

Cells& Cells::add(Cell cell) {
  cells_.push_back(std::move(cell));
  return *this;
}

Cells& Cells::interval(int32_t months, int32_t days, int64_t nanoseconds) {
  std::string bytes;
  put(bytes, months);
  put(bytes, days);
  put(bytes, nanoseconds);
  return add({"tin", {}, bytes});
}

Cells& Cells::list(const Cells& elements) { return add({"+L", {}, {}, elements.cells_}); }

void Cells::Node::close(int64_t length) {
  for (const auto& child : children) {
    schemas.push_back(&child->schema);
    arrays.push_back(&child->array);
  }
  for (const std::string& buffer : buffers) places.push_back(buffer.empty() ? nullptr : buffer.data());
  const auto count = static_cast<int64_t>(children.size());
  schema = {format.c_str(),
            name.c_str(),
            metadata.empty() ? nullptr : metadata.data(),
            ARROW_FLAG_NULLABLE,
            count,
            schemas.data(),
            nullptr,
            &release_schema,
            this};
  array = {length,
           -1,
           0,
           static_cast<int64_t>(places.size()),
           count,
           places.data(),
           arrays.data(),
           nullptr,
           &release_array,
           this};
}

std::unique_ptr<Cells::Node> Cells::column(const std::vector<const Cell*>& cells, std::string name) {
  auto node = std::make_unique<Node>();
  node->name = std::move(name);
  node->format = "n";
  for (const Cell* cell : cells) {
    if (cell->null) continue;
    if (node->format != "n" && node->format != cell->format) throw std::logic_error("a column of two kinds");
    node->format = cell->format;
    if (!cell->extension.empty())
      node->metadata =
          psa::encode_metadata({{"ARROW:extension:name", cell->extension}, {"ARROW:extension:metadata", ""}});
  }
  const std::string& format = node->format;
  const bool variable = format == "U" || format == "Z", list = format == "+L";
  size_t width = 0;
  for (const Cell* cell : cells)
    if (!cell->null) width = cell->bytes.size();
  std::string validity((cells.size() + 7) / 8, '\0'), values, data;
  if (format == "b") values.resize(validity.size());
  if (variable || list) put(values, INT64_C(0));
  std::vector<const Cell*> items;
  for (size_t row = 0; row < cells.size(); ++row) {
    const Cell& cell = *cells[row];
    const auto bit = static_cast<char>(1 << (row % 8));
    if (!cell.null) validity[row / 8] |= bit;
    if (format == "b") {
      if (!cell.null && cell.bytes[0] != 0) values[row / 8] |= bit;
    } else if (variable) {
      data += cell.bytes;
      put(values, static_cast<int64_t>(data.size()));
    } else if (list) {
      for (const Cell& item : cell.items) items.push_back(&item);
      put(values, static_cast<int64_t>(items.size()));
    } else {
      values += cell.null ? std::string(width, '\0') : cell.bytes;
    }
  }
  if (format != "n") node->buffers = {validity, values};
  if (variable) node->buffers.push_back(data);
  if (list) node->children.push_back(column(items, "item"));
  node->close(static_cast<int64_t>(cells.size()));
  return node;
}

psa_execute Cells::execute() {
  const size_t width = columns_ == 0 ? cells_.size() : columns_;
  root_ = std::make_unique<Node>();
  root_->format = "+s";
  root_->buffers = {""};
  for (size_t i = 0; i < width; ++i) {
    std::vector<const Cell*> of_column;
    for (size_t at = i; at < cells_.size(); at += width) of_column.push_back(&cells_[at]);
    root_->children.push_back(column(of_column, "p"));
  }
  root_->close(static_cast<int64_t>(width == 0 ? 0 : cells_.size() / width));
  return {PSA_INIT(psa_execute), 0, &root_->schema, &root_->array};
}

}  // namespace driver_client
