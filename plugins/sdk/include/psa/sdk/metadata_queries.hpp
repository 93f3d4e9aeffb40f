// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace psa {

/// What a driver asks its database's catalogue for each kind of metadata, with marks "%X" for the conditions.
struct MetadataQueries {
  std::string_view schemas;
  std::string_view tables;
  std::string_view columns;
  std::string_view keys;
  std::string_view indexes;

  /// The query of a kind (PSA_METADATA_...), each mark "%X" replaced by `condition('X')`, "%%" by "%".
  /// @throws DriverError  PSA_NOT_SUPPORTED: there is no such kind
  std::string of(uint32_t kind, const std::function<std::string(char mark)>& condition) const;
};

}  // namespace psa
