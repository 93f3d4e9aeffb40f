#pragma once

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect {

/// A run took longer than its timeout. What the function returned is lost; what it threw is in the text.
class PREFECT_SQLALCHEMY_API TimeoutError : public prefect_sqlalchemy::Error {
 public:
  using Error::Error;
};
PREFECT_SQLALCHEMY_ERROR(FlowRunTimeoutError, TimeoutError);
PREFECT_SQLALCHEMY_ERROR(TaskRunTimeoutError, TimeoutError);

/// The result of a run was asked for that was cancelled. A function may throw it to end its own run in the
/// state Cancelled.
class PREFECT_SQLALCHEMY_API CancelledRun : public prefect_sqlalchemy::Error {
 public:
  using Error::Error;
};

/// The server has ended a run before it began, or in the middle of its tasks: Python's Abort. what() holds
/// the server's reason.
class PREFECT_SQLALCHEMY_API AbortedRun : public CancelledRun {
 public:
  using CancelledRun::CancelledRun;
};

/// A parameter from the server does not fit the flow. what() names the parameter, what is wanted and what
/// kind of value was given, never the value.
class PREFECT_SQLALCHEMY_API ParameterTypeError : public prefect_sqlalchemy::ArgumentError {
 public:
  using ArgumentError::ArgumentError;
};

}  // namespace prefect
