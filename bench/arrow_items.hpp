#pragma once

#include <cstring>
#include <memory>
#include <utility>

#include <psa/driver.h>

#include "item.hpp"

namespace bench {

/// The rows as Arrow has them, one batch, made once; streams lend it out.
class ArrowItems {
 public:
  explicit ArrowItems(const std::vector<RowValues>& rows) : columns_(std::make_shared<Columns>()) {
    Columns& c = *columns_;
    c.rows = static_cast<std::int64_t>(rows.size());
    c.note_valid.resize(rows.size() / 8 + 1);
    c.names.offsets.push_back(0);
    c.notes.offsets.push_back(0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RowValues& row = rows[i];
      c.ids.push_back(row.id);
      c.prices.push_back(row.price);
      c.quantities.push_back(static_cast<std::int32_t>(row.qty));
      c.names.add(row.name);
      c.notes.add(row.has_note ? row.note : "");
      if (row.has_note) c.note_valid[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
      c.nulls += row.has_note ? 0 : 1;
      c.moments.push_back(row.ts_micros);
    }
  }

  /// A stream of the one batch; the rows live as long as what comes out of it.
  void stream(ArrowArrayStream* out) const {
    *out = {};
    out->get_schema = [](ArrowArrayStream*, ArrowSchema* schema) {
      set_schema(schema);
      return 0;
    };
    out->get_next = [](ArrowArrayStream* self, ArrowArray* array) {
      auto& left = *static_cast<std::shared_ptr<Columns>*>(self->private_data);
      *array = {};
      if (left != nullptr) set_array(array, std::exchange(left, nullptr));
      return 0;
    };
    out->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    out->release = [](ArrowArrayStream* self) {
      delete static_cast<std::shared_ptr<Columns>*>(self->private_data);
      self->release = nullptr;
    };
    out->private_data = new std::shared_ptr<Columns>(columns_);
  }

 private:
  static constexpr int count = 6;

  struct Texts {
    std::vector<std::int32_t> offsets;
    std::string bytes;
    void add(const std::string& text) {
      bytes += text;
      offsets.push_back(static_cast<std::int32_t>(bytes.size()));
    }
  };
  struct Columns {
    std::int64_t rows = 0, nulls = 0;
    std::vector<std::int64_t> ids, moments;
    std::vector<double> prices;
    std::vector<std::int32_t> quantities;
    Texts names, notes;
    std::vector<std::uint8_t> note_valid;
  };
  struct SchemaParts {
    ArrowSchema fields[count];
    ArrowSchema* pointers[count];
  };
  struct ArrayParts {
    std::shared_ptr<Columns> columns;
    ArrowArray arrays[count];
    ArrowArray* pointers[count];
    const void* buffers[count][3];
    const void* none[1];
  };

  static void set_schema(ArrowSchema* out) {
    static constexpr const char* names[count] = {"id", "price", "qty", "name", "note", "ts"};
    static constexpr const char* formats[count] = {"l", "g", "i", "u", "u", "tsu:"};
    auto* parts = new SchemaParts{};
    for (int i = 0; i < count; ++i) {
      parts->fields[i] = {.format = formats[i], .name = names[i], .flags = ARROW_FLAG_NULLABLE};
      parts->fields[i].release = [](ArrowSchema* field) { field->release = nullptr; };
      parts->pointers[i] = &parts->fields[i];
    }
    *out = {.format = "+s", .name = "", .n_children = count, .children = parts->pointers};
    out->private_data = parts;
    out->release = [](ArrowSchema* schema) {
      delete static_cast<SchemaParts*>(schema->private_data);
      schema->release = nullptr;
    };
  }

  static void set_array(ArrowArray* out, std::shared_ptr<Columns> columns) {
    const Columns& c = *columns;
    auto* parts = new ArrayParts{};
    const void* buffers[count][3] = {
        {nullptr, c.ids.data()},
        {nullptr, c.prices.data()},
        {nullptr, c.quantities.data()},
        {nullptr, c.names.offsets.data(), c.names.bytes.data()},
        {c.note_valid.data(), c.notes.offsets.data(), c.notes.bytes.data()},
        {nullptr, c.moments.data()},
    };
    std::memcpy(parts->buffers, buffers, sizeof buffers);
    for (int i = 0; i < count; ++i) {
      const bool is_text = i == 3 || i == 4;
      parts->arrays[i] = {.length = c.rows, .null_count = i == 4 ? c.nulls : 0, .n_buffers = is_text ? 3 : 2};
      parts->arrays[i].buffers = parts->buffers[i];
      parts->arrays[i].release = [](ArrowArray* array) { array->release = nullptr; };
      parts->pointers[i] = &parts->arrays[i];
    }
    *out = {.length = c.rows, .n_buffers = 1, .n_children = count};
    out->buffers = parts->none;
    out->children = parts->pointers;
    parts->columns = std::move(columns);
    out->private_data = parts;
    out->release = [](ArrowArray* array) {
      delete static_cast<ArrayParts*>(array->private_data);
      array->release = nullptr;
    };
  }

  std::shared_ptr<Columns> columns_;
};

}  // namespace bench
