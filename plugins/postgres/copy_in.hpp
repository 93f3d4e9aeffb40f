// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include <psa/sdk/grow_buffer.hpp>
#include <psa/sdk/parameters.hpp>

#include "bind.hpp"
#include "connection.hpp"

namespace psa::postgres {

/// Sends rows as COPY's binary form, into a COPY that has been begun.
class CopyIn {
 public:
  /// @param types  of the table's columns, in the order of the batches'
  CopyIn(Session& session, const std::vector<const Type*>& types, const TypeSource& source);

  /// @throws DriverError  for a value that does not fit, naming row and column
  Task<> send(const ParameterBatch& batch);
  Task<> finish();

 private:
  void encode_row(const ParameterBatch& batch, int64_t row);
  Task<> flush();

  Session& session_;
  const std::vector<const Type*>& types_;
  const TypeSource& source_;
  GrowBuffer bytes_;
  int64_t rows_ = 0;
};

/// @param target  table, with its columns in parentheses where not all are meant
Task<> begin_copy(Session& session, std::string target);

/// Ends a COPY that has been begun. @param failure  what went wrong on this side, if anything did
/// @return the rows that were copied
Task<int64_t> end_copy(Session& session, std::exception_ptr failure);

/// A whole COPY of one batch. @param types  of the placeholders that the batch is for
Task<int64_t> copy_batch(Connection& connection, std::string target, const std::vector<const Type*>& types,
                         const ParameterBatch& batch);

}  // namespace psa::postgres
