// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/grow_buffer.hpp>
#include <psa/sdk/parameters.hpp>

#include "bind.hpp"
#include "types.hpp"

namespace psa::postgres {

/// Why a value can't be sent, for the words "parameter 2 ('x')" in front of it.
DriverError refusal(std::string what);
[[noreturn]] void mismatch(const Type& type, ParameterKind kind);
[[noreturn]] void out_of_range(const Type& type);
void refuse_nul(std::string_view text);

/// Thrown where only text would do: by arrays, which then become text altogether.
struct OnlyText : DriverError {
  using DriverError::DriverError;
};

/// The value as PostgreSQL would read it from a literal; nothing where it has no such text.
std::optional<std::string> literal(const ParameterColumn& column, int64_t row);

/// Appends the literal as libpq takes text. @throws OnlyText  for `binary_only`
Form as_text(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only, GrowBuffer& to);

// The parts of encode().
Form encode_number(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only,
                   GrowBuffer& to);
Form encode_temporal(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only,
                     GrowBuffer& to);
/// @param column  a list
Form encode_array(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
                  bool binary_only, GrowBuffer& to);

}  // namespace psa::postgres
