// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <psa/driver.h>

namespace psa {

/// One field of a schema to be made; all views are copied.
/// @param format    Arrow's format string, "l" for int64
/// @param metadata  as encode_metadata makes it, or empty
struct SchemaField {
  std::string_view format;
  std::string_view name;
  std::string_view metadata = {};
  int64_t flags = ARROW_FLAG_NULLABLE;
  std::span<const SchemaField> children = {};
};

/// Makes a struct schema with one child for each field, in a single allocation. The caller releases it;
/// children may be moved out, as Arrow's specification allows. @throws std::bad_alloc
ArrowSchema make_schema(std::span<const SchemaField> fields);

/// Key/value pairs in Arrow's binary form.
std::string encode_metadata(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs);

/// The value of `key` in metadata of Arrow's binary form (may be NULL), or the empty view.
std::string_view find_metadata(const char* metadata, std::string_view key) noexcept;

}  // namespace psa
