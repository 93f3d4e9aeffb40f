// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

namespace psa::mysql {

/// Around calls of the client library over TLS. Keeps SIGPIPE from this thread: the library writes to a
/// socket that may be gone, and the program's own disposition of the signal is not to be touched. And forgets
/// what OpenSSL last noted as this thread's error: another connection's failure would count as this one's.
class TlsScope {
 public:
  /// @param needed  false: does nothing
  explicit TlsScope(bool needed) noexcept;
  TlsScope(const TlsScope&) = delete;
  TlsScope& operator=(const TlsScope&) = delete;
  ~TlsScope();

 private:
  bool blocked_ = false;
  bool was_pending_ = false;
  sigset_t before_;  // where blocked_: 128 bytes that most calls do not need
};

/// Starts the client library once in this process, and puts back the SIGPIPE disposition that it changes.
void start_client_library();

}  // namespace psa::mysql
