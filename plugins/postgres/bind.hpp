// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <psa/sdk/grow_buffer.hpp>
#include <psa/sdk/parameters.hpp>

#include "types.hpp"

namespace psa::postgres {

/// Finds a type by its number; the connection's catalog.
class TypeSource {
 public:
  virtual const Type& type(Oid oid) const = 0;

 protected:
  ~TypeSource() = default;
};

enum class Form : int { text = 0, binary = 1 };

/// Appends a value, which is not NULL, in the form that the server takes for `type`. Only exact conversions.
/// @param binary_only  refuse what can go as text alone (COPY, elements of arrays)
/// @throws DriverError  PSA_INVALID_ARGUMENT, category data, saying what does not fit; names no parameter
Form encode(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
            bool binary_only, GrowBuffer& to);

/// One row of parameters as libpq takes them. Keeps its memory.
class ParameterSet {
 public:
  /// @throws DriverError  as encode, naming parameter and column
  void set(const ParameterBatch& batch, int64_t row, const std::vector<const Type*>& wanted,
           const TypeSource& types);

  int count() const noexcept { return static_cast<int>(values_.size()); }
  const char* const* values() const noexcept { return values_.data(); }
  const int* lengths() const noexcept { return lengths_.data(); }
  const int* forms() const noexcept { return forms_.data(); }

 private:
  GrowBuffer bytes_;
  std::vector<size_t> places_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> forms_;
};

/// "parameter 2 ('name')", for messages.
std::string parameter_name(size_t index, const ParameterColumn& column);

}  // namespace psa::postgres
