#pragma once

#include <memory>

#include <prefect_sqlalchemy/sql/cursor_result.hpp>

#include "result_state.hpp"

namespace prefect_sqlalchemy::detail {

/// Hands the rows that are left of a result to the stream `out`; see CursorResult::export_arrow.
void export_arrow(std::shared_ptr<ResultState> result, const ArrowExportOptions& options,
                  ArrowArrayStream* out);

}  // namespace prefect_sqlalchemy::detail
