// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <psa/driver.h>
#include <psa/sdk/parameters.hpp>

namespace test_support {

/// A value as text with its type in front: "int64 7", "text abc", "null".
inline std::string cell_text(const psa::ParameterColumn& column, int64_t row) {
  const auto [place, at] = column.resolve(row);
  if (place->is_null(at)) return "null";
  switch (place->kind()) {
    case psa::ParameterKind::integer:
      return "int64 " + std::to_string(place->integer(at));
    case psa::ParameterKind::real:
      return "double " + std::to_string(place->real(at));
    case psa::ParameterKind::boolean:
      return place->boolean(at) ? "bool true" : "bool false";
    case psa::ParameterKind::text:
      return "text " + std::string(place->bytes(at));
    case psa::ParameterKind::bytes:
      return "bytes " + std::string(place->bytes(at));
    default:
      return std::string(psa::kind_name(place->kind()));
  }
}

/// All cells of a batch, row by row: "int64 1, text a; null, null".
inline std::string batch_text(const ArrowSchema& schema, const ArrowArray& array) {
  psa::ParameterBatch batch;
  batch.open({PSA_INIT(psa_execute), 0, &schema, &array});
  std::string text;
  for (int64_t row = 0; row < batch.rows(); ++row) {
    if (row != 0) text += "; ";
    for (const psa::ParameterColumn& column : batch.columns()) {
      if (&column != batch.columns().data()) text += ", ";
      text += cell_text(column, row);
    }
  }
  return text;
}

}  // namespace test_support
