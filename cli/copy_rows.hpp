#pragma once

#include <cstdint>
#include <string>

#include <prefect_sqlalchemy.hpp>

#include "progress.hpp"

namespace psa_cli {

/// Where rows go.
struct CopyTarget {
  std::string table;
  prefect_sqlalchemy::IngestOptions options;
};

/// Loads a result into a table, batch by batch, so that memory stays flat; commits. By the target's bulk
/// load, or, where its driver has none, by INSERT: then only SQLite's tables can be made.
/// @return the rows copied
/// @throws NotSupportedError  the table is to be made, and this driver cannot do it
std::int64_t copy_rows(prefect_sqlalchemy::CursorResult rows, prefect_sqlalchemy::Connection& to,
                       const CopyTarget& target, Progress& progress);

}  // namespace psa_cli
