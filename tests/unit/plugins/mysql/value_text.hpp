// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <psa/driver.h>
#include <psa/sdk/iso_text.hpp>
#include <psa/sdk/parameters.hpp>

namespace driver_client {

/// A value with its kind in front: "int 7", "date 2024-02-29", "time -1000 us", "bytes 0aff".
inline std::string value_text(const psa::ParameterColumn& column, int64_t row) {
  const auto [place, at] = column.resolve(row);
  if (place->is_null(at)) return "null";
  const auto hex = [](std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
      text += digits[static_cast<unsigned char>(c) >> 4];
      text += digits[c & 15];
    }
    return text;
  };
  switch (place->kind()) {
    case psa::ParameterKind::integer:
      return "int " + std::to_string(place->integer(at));
    case psa::ParameterKind::unsigned_integer:
      return "uint " + std::to_string(place->unsigned_integer(at));
    case psa::ParameterKind::real:
      return "real " + std::to_string(place->real(at));
    case psa::ParameterKind::boolean:
      return place->boolean(at) ? "true" : "false";
    case psa::ParameterKind::text:
      return "text " + std::string(place->bytes(at));
    case psa::ParameterKind::json:
      return "json " + std::string(place->bytes(at));
    case psa::ParameterKind::decimal:
      return "decimal " + place->decimal(at);
    case psa::ParameterKind::bytes:
      return "bytes " + hex(place->bytes(at));
    case psa::ParameterKind::uuid:
      return "uuid " + hex(place->bytes(at));
    case psa::ParameterKind::date:
      return "date " + std::string(psa::IsoText::date(place->days(at)).value().view());
    case psa::ParameterKind::time:
      return "time " + std::to_string(place->ticks(at)) + " us";
    case psa::ParameterKind::timestamp:
      return "timestamp " +
             std::string(
                 psa::IsoText::timestamp(place->ticks(at), place->ticks_per_second(), "").value().view());
    default:
      return std::string(psa::kind_name(place->kind()));
  }
}

/// All values of a batch, row by row: "int 1, text a; null, null".
inline std::string batch_text(const ArrowSchema& schema, const ArrowArray& array) {
  psa::ParameterBatch batch;
  batch.open({PSA_INIT(psa_execute), 0, &schema, &array});
  std::string text;
  for (int64_t row = 0; row < batch.rows(); ++row) {
    if (row != 0) text += "; ";
    for (const psa::ParameterColumn& column : batch.columns()) {
      if (&column != batch.columns().data()) text += ", ";
      text += value_text(column, row);
    }
  }
  return text;
}

}  // namespace driver_client
