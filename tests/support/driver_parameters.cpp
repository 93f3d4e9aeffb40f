// SPDX-License-Identifier: Apache-2.0
#include "driver_parameters.hpp"

#include <stdexcept>
#include <utility>

namespace driver_client {

Parameters::~Parameters() {
  if (schema_.release != nullptr) schema_.release(&schema_);
  if (array_.release != nullptr) array_.release(&array_);
}

Parameters& Parameters::add(int64_t value) {
  next().append_int64(value);
  return *this;
}

Parameters& Parameters::add(double value) {
  next().append_double(value);
  return *this;
}

Parameters& Parameters::add(std::string_view value) {
  if (!next().append_text(reinterpret_cast<const uint8_t*>(value.data()), value.size()))
    throw std::invalid_argument("not UTF-8");
  return *this;
}

Parameters& Parameters::add_bytes(std::string_view value) {
  next().append_binary(reinterpret_cast<const uint8_t*>(value.data()), value.size());
  return *this;
}

Parameters& Parameters::add_null() {
  next().append_null();
  return *this;
}

psa_execute Parameters::execute() {
  const auto rows = static_cast<int64_t>(cells_ / columns_.size());
  std::vector<psa::SchemaField> fields;
  std::vector<psa::ArrayNode> nodes = {{rows, 0, static_cast<uint32_t>(columns_.size()), 1}};
  for (psa::DynamicColumn& column : columns_) {
    fields.push_back(column.field("p", ""));
    column.describe(nodes, rows);
  }
  schema_ = psa::make_schema(fields);
  array_ = psa::make_array(nodes);
  return {PSA_INIT(psa_execute), 0, &schema_, &array_};
}

ArrowArrayStream* Parameters::stream() {
  execute();
  // Both are moved out, as the stream interface says: the driver owns them then.
  stream_.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    *out = std::exchange(static_cast<Parameters*>(self->private_data)->schema_, {});
    return 0;
  };
  stream_.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    *out = std::exchange(static_cast<Parameters*>(self->private_data)->array_, {});
    return 0;
  };
  stream_.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream_.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  stream_.private_data = this;
  return &stream_;
}

}  // namespace driver_client
