#pragma once

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect {

/// There is no block document of that type and name.
class PREFECT_SQLALCHEMY_API BlockNotFoundError : public prefect_sqlalchemy::Error {
 public:
  using Error::Error;
};

/// A block document of that type and name is there already, and overwriting it was not asked for.
class PREFECT_SQLALCHEMY_API BlockExistsError : public prefect_sqlalchemy::Error {
 public:
  using Error::Error;
};

/// A block document does not fit its type: what() names the field and the reason, never the value.
class PREFECT_SQLALCHEMY_API BlockValidationError : public prefect_sqlalchemy::ArgumentError {
 public:
  using ArgumentError::ArgumentError;
};

/// A block's name is not one: lower-case letters, digits and dashes are.
class PREFECT_SQLALCHEMY_API BlockNameError : public prefect_sqlalchemy::ArgumentError {
 public:
  using ArgumentError::ArgumentError;
};

/// A stored secret cannot be read, or the key for secrets cannot be used. No document has been changed.
class PREFECT_SQLALCHEMY_API BlockSecretError : public prefect_sqlalchemy::Error {
 public:
  using Error::Error;
};

}  // namespace prefect
