#pragma once

#include <optional>
#include <string>

namespace test_support {

/// Sets or unsets an environment variable and puts the old value back at the end. Not for use beside
/// other threads.
class ScopedEnvironment {
 public:
  /// @param value  std::nullopt unsets the variable
  ScopedEnvironment(std::string name, const std::optional<std::string>& value);
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment();

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace test_support
