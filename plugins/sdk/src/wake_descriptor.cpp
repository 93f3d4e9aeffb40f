// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

#include <psa/sdk/wake_descriptor.hpp>

namespace psa {

WakeDescriptor::WakeDescriptor() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

WakeDescriptor::~WakeDescriptor() { ::close(descriptor_); }

void WakeDescriptor::wake() noexcept {
  const uint64_t one = 1;
  static_cast<void>(!::write(descriptor_, &one, sizeof one));
}

void WakeDescriptor::quiet() noexcept {
  uint64_t count;
  static_cast<void>(!::read(descriptor_, &count, sizeof count));
}

}  // namespace psa
