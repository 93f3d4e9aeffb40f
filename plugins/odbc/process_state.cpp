// SPDX-License-Identifier: Apache-2.0
#include "process_state.hpp"

#include <array>
#include <clocale>
#include <mutex>
#include <string>

#include <pthread.h>

namespace psa::odbc {
namespace {

constexpr std::array watched_signals = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2};

struct Remembered {
  std::mutex mutex;
  int scopes = 0;
  std::string locale;
  std::array<struct sigaction, watched_signals.size()> actions{};
};

Remembered& remembered() {
  static auto* const only = new Remembered;  // connections may be opened while static objects are destroyed
  return *only;
}

sigset_t only_sigpipe() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

KeptProcessState::KeptProcessState() {
  Remembered& state = remembered();
  const std::lock_guard lock(state.mutex);
  if (state.scopes++ != 0) return;
  const char* locale = std::setlocale(LC_ALL, nullptr);
  state.locale = locale == nullptr ? "" : locale;
  for (size_t i = 0; i < watched_signals.size(); ++i)
    sigaction(watched_signals[i], nullptr, &state.actions[i]);
}

KeptProcessState::~KeptProcessState() {
  Remembered& state = remembered();
  const std::lock_guard lock(state.mutex);
  if (--state.scopes != 0) return;
  if (const char* now = std::setlocale(LC_ALL, nullptr); now != nullptr && state.locale != now)
    std::setlocale(LC_ALL, state.locale.c_str());
  for (size_t i = 0; i < watched_signals.size(); ++i) {
    struct sigaction now {};
    sigaction(watched_signals[i], nullptr, &now);
    if (now.sa_handler != state.actions[i].sa_handler)
      sigaction(watched_signals[i], &state.actions[i], nullptr);
  }
}

NoSigpipe::NoSigpipe() noexcept {
  const sigset_t set = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  was_blocked_ = sigismember(&before_, SIGPIPE) == 1;
}

NoSigpipe::~NoSigpipe() {
  if (was_blocked_) return;
  sigset_t pending;
  if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1) {
    const sigset_t set = only_sigpipe();
    const timespec no_time{0, 0};
    sigtimedwait(&set, nullptr, &no_time);
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace psa::odbc
