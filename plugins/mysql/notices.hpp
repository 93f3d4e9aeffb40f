// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mysql.h>

#include <psa/driver.h>

namespace psa::mysql {

/// Whom the host wants to be told of warnings. Asking the server for them costs a round trip, which is spent
/// only where a statement had some and somebody listens.
class Notices {
 public:
  explicit Notices(const psa_connection_args& args) noexcept
      : on_notice_(args.on_notice), context_(args.notice_context) {}

  bool wanted() const noexcept { return on_notice_ != nullptr; }
  /// Hands the last statement's warnings over. What goes wrong is the next command's to find.
  void tell(MYSQL* session) const noexcept;

 private:
  void (*on_notice_)(void* context, const psa_error* notice);
  void* context_;
};

}  // namespace psa::mysql
