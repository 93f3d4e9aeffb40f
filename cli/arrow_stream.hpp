#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>

#include <prefect_sqlalchemy.hpp>

namespace psa_cli {

/// Writes the rows that are left of a result as one Arrow IPC stream, batch by batch. On an error the stream
/// lacks its end.
/// @param options  how the columns get their one schema
/// @param out      standard output, in binary
/// @param wrote    called behind each batch with the number of rows so far
/// @throws Error  the rows cannot be read, a column's type cannot be written, or `out` takes no more
void write_arrow_stream(prefect_sqlalchemy::CursorResult& result,
                        const prefect_sqlalchemy::ArrowExportOptions& options, std::ostream& out,
                        const std::function<void(std::int64_t)>& wrote);

}  // namespace psa_cli
