#pragma once

#include <prefect_sqlalchemy/sql/operation_context.hpp>

namespace prefect_sqlalchemy::detail {

/// Changes the context in place on the thread when an awaitable operation comes or goes.
class OperationPlace {
 public:
  static const OperationContext* exchange(const OperationContext* context) noexcept;
};

}  // namespace prefect_sqlalchemy::detail
