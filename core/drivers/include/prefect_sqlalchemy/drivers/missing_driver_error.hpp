#pragma once

#include <memory>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/drivers/driver_report.hpp>

namespace prefect_sqlalchemy {

/// No plugin serves the driver that an engine needs, or the one that does cannot be used: then its
/// candidate says why. Raised when an engine first needs the driver, not when a block is made, saved or
/// loaded. `what()` is the report's text; it holds no URL and no password.
class PREFECT_SQLALCHEMY_API MissingDriverError : public Error {
 public:
  explicit MissingDriverError(DriverReport report);

  /// The name that was asked for.
  const std::string& name() const noexcept { return report_->name; }
  /// Plugins that serve the name, each with its reason; empty if none is installed.
  const std::vector<DriverCandidate>& candidates() const noexcept { return report_->candidates; }
  const std::vector<SearchedFolder>& searched() const noexcept { return report_->folders; }
  const std::vector<std::string>& near_matches() const noexcept { return report_->near_matches; }
  /// The command that installs the plugin; empty where none is known.
  const std::string& install_hint() const noexcept { return report_->install_hint; }
  const DriverReport& report() const noexcept { return *report_; }

 private:
  std::shared_ptr<const DriverReport> report_;  // shared: copying an exception must not throw
};

}  // namespace prefect_sqlalchemy
