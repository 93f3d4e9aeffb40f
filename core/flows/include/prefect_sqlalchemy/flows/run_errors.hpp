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

}  // namespace prefect
