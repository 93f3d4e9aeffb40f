// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "literal.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

constexpr size_t most_dimensions = 6;  // PostgreSQL's MAXDIM

/// Nested lists are one array of several dimensions, all of whose lists are equally long.
struct Shape {
  std::vector<uint32_t> sizes;  // of each dimension; none: the array is empty
  const ParameterColumn* elements;
  ParameterColumn::Range rows;
};

Shape shape_of(const ParameterColumn& column, int64_t row) {
  Shape shape{{}, &column, {row, row + 1}};
  while (shape.elements->kind() == Kind::list) {
    const ParameterColumn& level = *shape.elements;
    int64_t size = -1;
    for (int64_t i = shape.rows.begin; i < shape.rows.end; ++i) {
      if (level.is_null(i))
        throw refusal("has NULL in place of a nested list, which PostgreSQL's arrays can't hold");
      const ParameterColumn::Range inner = level.range(i);
      if (size >= 0 && inner.end - inner.begin != size)
        throw refusal("has nested lists of different lengths, which PostgreSQL's arrays can't hold");
      size = inner.end - inner.begin;
    }
    if (size <= 0) return {{}, &level, {0, 0}};
    if (size > INT32_MAX || shape.sizes.size() == most_dimensions)
      throw refusal("has more elements or dimensions than an array holds");
    shape.sizes.push_back(static_cast<uint32_t>(size));
    shape.rows = {level.range(shape.rows.begin).begin, level.range(shape.rows.end - 1).end};
    shape.elements = &level.elements();
  }
  return shape;
}

void encode_elements(const Shape& shape, const Type& element, const TypeSource& types, GrowBuffer& to) {
  put32(to, static_cast<uint32_t>(shape.sizes.size()));
  const size_t flag_at = to.size();
  put32(to, 0);
  put32(to, element.oid);
  for (const uint32_t size : shape.sizes) {
    put32(to, size);
    put32(to, 1);
  }
  bool has_null = false;
  for (int64_t i = shape.rows.begin; i < shape.rows.end; ++i) {
    const auto [place, at] = shape.elements->resolve(i);
    if (place->is_null(at)) {
      has_null = true;
      put32(to, UINT32_MAX);
      continue;
    }
    const size_t size_at = to.size();
    put32(to, 0);
    encode(element, types, *place, at, true, to);
    const uint32_t size = __builtin_bswap32(static_cast<uint32_t>(to.size() - size_at - 4));
    std::memcpy(to.data() + size_at, &size, sizeof size);
  }
  if (has_null) to.data()[flag_at + 3] = 1;
}

/// "{{"a","b"},{NULL,"d"}}"
std::string array_literal(const Shape& shape, const Type& type, const Type& element) {
  std::string text;
  const auto write = [&](const auto& self, size_t dimension, int64_t& at) -> void {
    text += '{';
    for (uint32_t i = 0; i < shape.sizes[dimension]; ++i) {
      if (i != 0) text += type.delimiter;
      if (dimension + 1 < shape.sizes.size()) {
        self(self, dimension + 1, at);
        continue;
      }
      const auto [place, row] = shape.elements->resolve(at++);
      if (place->is_null(row)) {
        text += "NULL";
        continue;
      }
      const auto value = literal(*place, row);
      if (!value) mismatch(element, place->kind());
      text += '"';
      for (const char c : *value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
    }
    text += '}';
  };
  int64_t at = shape.rows.begin;
  write(write, 0, at);
  return text;
}

}  // namespace

Form encode_array(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
                  bool binary_only, GrowBuffer& to) {
  const Shape shape = shape_of(column, row);
  const Type& element = types.type(type.element);
  const size_t begin = to.size();
  try {
    encode_elements(shape, element, types, to);
    return Form::binary;
  } catch (const OnlyText&) {
    if (binary_only) throw;
  }
  to.clear();
  to.advance(begin);
  const std::string text = array_literal(shape, type, element);
  put_bytes(to, text.c_str(), text.size() + 1);
  return Form::text;
}

}  // namespace psa::postgres
