#pragma once

#include <memory>
#include <string>

#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>

namespace prefect {

/// The local store cannot be used as it is: not a database, read-only, of a newer schema, no space.
/// what() names the store (a password hidden), what is wrong and what to do; nothing that was stored is
/// lost. The database's own words and codes are in diagnostics().
class PREFECT_SQLALCHEMY_API StoreError : public prefect_sqlalchemy::OperationalError {
 public:
  using OperationalError::OperationalError;
};

/// The local store's driver is not installed. what() adds to MissingDriverError's text which store needs it.
class PREFECT_SQLALCHEMY_API StoreDriverMissingError : public prefect_sqlalchemy::MissingDriverError {
 public:
  StoreDriverMissingError(const prefect_sqlalchemy::MissingDriverError& error, const std::string& store_name);

  const char* what() const noexcept override { return text_->c_str(); }

 private:
  std::shared_ptr<const std::string> text_;  // shared: copying an exception must not throw
};

}  // namespace prefect
