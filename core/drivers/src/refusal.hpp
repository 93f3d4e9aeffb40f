#pragma once

#include <stdexcept>
#include <string>

namespace prefect_sqlalchemy {

/// Why one plugin, file or folder cannot be used: its `what()` becomes a candidate's reason. Never leaves
/// this layer.
class Refusal : public std::runtime_error {
 public:
  /// @param reinstall  whether installing the plugin's package again may mend it
  explicit Refusal(const std::string& reason, bool reinstall = true)
      : std::runtime_error(reason), reinstall_(reinstall) {}

  bool reinstall() const noexcept { return reinstall_; }

 private:
  bool reinstall_;
};

}  // namespace prefect_sqlalchemy
