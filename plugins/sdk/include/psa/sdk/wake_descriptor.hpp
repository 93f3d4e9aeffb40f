// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace psa {

/// A descriptor that tells whoever waits in poll that another thread has something for it (eventfd).
/// Threads: any.
class WakeDescriptor {
 public:
  /// @throws std::system_error  none is to be had
  WakeDescriptor();
  WakeDescriptor(const WakeDescriptor&) = delete;
  WakeDescriptor& operator=(const WakeDescriptor&) = delete;
  ~WakeDescriptor();

  int get() const noexcept { return descriptor_; }
  /// It is readable from now on.
  void wake() noexcept;
  /// No longer.
  void quiet() noexcept;

 private:
  const int descriptor_;
};

}  // namespace psa
