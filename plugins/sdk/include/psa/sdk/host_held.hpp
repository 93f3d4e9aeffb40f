// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

namespace psa {

/// An object behind a C handle that others share with the host: statements their connection, results their
/// statement, an operation that waits whatever it works on. It lives until the last of them lets go.
template <class Self>
class HostHeld : public std::enable_shared_from_this<Self> {
 public:
  /// From now on the host holds the object, until release().
  static Self* hand_out(std::shared_ptr<Self> object) noexcept {
    Self* const handle = object.get();
    static_cast<HostHeld*>(handle)->held_ = std::move(object);
    return handle;
  }
  /// The host lets go. A class that has more to do then has a release() of its own, which ends with this one.
  void release() noexcept { const auto last = std::move(held_); }

  bool is_held() const noexcept { return held_ != nullptr; }

 protected:
  HostHeld() = default;
  ~HostHeld() = default;

 private:
  std::shared_ptr<Self> held_;
};

}  // namespace psa
