// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <sqlite3.h>

#include <psa/sdk/driver_entry.hpp>

#include "connection.hpp"
#include "metadata.hpp"
#include "product.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::sqlite {

/// What the SDK makes the driver's table of, but for the driver's name.
struct DriverParts : DirectOperations {
  using Connection = sqlite::Connection;
  using Statement = sqlite::Statement;
  using Result = sqlite::Result;

  static constexpr std::string_view version = PSA_PLUGIN_VERSION;
  static constexpr uint64_t promises = PSA_CAP_DEADLINE | PSA_CAP_DYNAMIC_TYPES;

  static constexpr auto client = &product_version;
  static constexpr auto options = &known_options;
  static void start() {
    if (sqlite3_threadsafe() == 0)
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                        "this SQLite library was built without thread support");
  }

  static const std::shared_ptr<Operation>& canceller(Connection& connection) {
    return connection.operation();
  }
  static constexpr auto metadata = &sqlite::metadata;
};

}  // namespace psa::sqlite
