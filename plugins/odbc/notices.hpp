// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sql.h>

#include <psa/driver.h>

namespace psa::odbc {

/// Whom the host wants to be told of what a call that went well has to say (SQL_SUCCESS_WITH_INFO).
class Notices {
 public:
  explicit Notices(const psa_connection_args& args) noexcept
      : on_notice_(args.on_notice), context_(args.notice_context) {}

  /// Hands over the records of a handle's last call, but for those about how the driver was asked.
  void tell(SQLSMALLINT type, SQLHANDLE handle) const noexcept;

 private:
  void (*on_notice_)(void* context, const psa_error* notice);
  void* context_;
};

}  // namespace psa::odbc
