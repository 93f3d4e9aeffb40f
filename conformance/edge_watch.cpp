// SPDX-License-Identifier: Apache-2.0
#include "edge_watch.hpp"

#include <clocale>
#include <cstring>
#include <filesystem>

namespace psa_conformance {
namespace {

std::string locale_now() { return std::setlocale(LC_ALL, nullptr); }
std::string folder_now() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).string();
}

// Flags mean something to a handler alone.
bool same(const struct sigaction& left, const struct sigaction& right) {
  if (left.sa_handler != right.sa_handler) return false;
  return left.sa_handler == SIG_DFL || left.sa_handler == SIG_IGN || left.sa_flags == right.sa_flags;
}

}  // namespace

EdgeWatch::EdgeWatch() : locale_(locale_now()), folder_(folder_now()) {
  for (int i = 1; i < static_cast<int>(handlers_.size()); ++i)
    ::sigaction(i, nullptr, &handlers_[static_cast<std::size_t>(i)]);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
}

std::vector<std::string> EdgeWatch::changes() const {
  std::vector<std::string> out;
  sigset_t mask{};
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (int i = 1; i < static_cast<int>(handlers_.size()); ++i) {
    struct sigaction now {};
    if (::sigaction(i, nullptr, &now) != 0) continue;  // the C library's own
    const char* name = ::sigabbrev_np(i);
    const std::string signal = name ? "SIG" + std::string(name) : "signal " + std::to_string(i);
    if (!same(now, handlers_[static_cast<std::size_t>(i)])) out.push_back("the handler of " + signal);
    if (::sigismember(&mask, i) != ::sigismember(&mask_, i)) out.push_back("the mask of " + signal);
  }
  if (locale_now() != locale_) out.emplace_back("the locale");
  if (folder_now() != folder_) out.emplace_back("the working folder");
  return out;
}

}  // namespace psa_conformance
