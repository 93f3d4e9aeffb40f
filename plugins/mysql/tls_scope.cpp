// SPDX-License-Identifier: Apache-2.0
#include "tls_scope.hpp"

#include <mutex>

#include <mysql.h>
#include <time.h>
#ifdef PSA_MYSQL_HAS_OPENSSL
#include <openssl/err.h>
#endif

namespace psa::mysql {
namespace {

sigset_t only_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pending() {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void forget_tls_errors() {
#ifdef PSA_MYSQL_HAS_OPENSSL
  ERR_clear_error();
#endif
}

}  // namespace

TlsScope::TlsScope(bool needed) noexcept {
  if (!needed) return;
  forget_tls_errors();
  const sigset_t set = only_sigpipe();
  was_pending_ = is_pending();
  blocked_ = pthread_sigmask(SIG_BLOCK, &set, &before_) == 0;
}

TlsScope::~TlsScope() {
  if (!blocked_) return;
  forget_tls_errors();
  if (!was_pending_ && is_pending()) {
    const sigset_t set = only_sigpipe();
    const timespec at_once{};
    sigtimedwait(&set, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void start_client_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction before;
    sigaction(SIGPIPE, nullptr, &before);
    mysql_library_init(0, nullptr, nullptr);
    sigaction(SIGPIPE, &before, nullptr);
  });
}

}  // namespace psa::mysql
