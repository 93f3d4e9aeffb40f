// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <psa/driver.h>
#include <psa/sdk/dynamic_column.hpp>

namespace driver_client {

/// One batch of parameters, made row by row: `Parameters(2).add(1).add("x").add_null().add(2.5)`.
class Parameters {
 public:
  explicit Parameters(size_t columns) : columns_(columns) {}
  Parameters(Parameters&&) = delete;
  ~Parameters();
  Parameters& add(int64_t value);
  Parameters& add(double value);
  Parameters& add(std::string_view value);
  Parameters& add_bytes(std::string_view value);
  Parameters& add_null();

  /// The batch as `statement_execute` takes it; valid as long as this object. Once.
  psa_execute execute();
  /// The batch as a stream of one, as `ingest` takes it; valid as long as this object. Once.
  ArrowArrayStream* stream();

 private:
  psa::DynamicColumn& next() { return columns_[cells_++ % columns_.size()]; }

  std::vector<psa::DynamicColumn> columns_;
  size_t cells_ = 0;
  ArrowSchema schema_{};
  ArrowArray array_{};
  ArrowArrayStream stream_{};
};

}  // namespace driver_client
