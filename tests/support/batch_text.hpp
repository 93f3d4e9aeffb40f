// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <psa/driver.h>

// Arrow batches as text. They are read by Arrow's specification, not by this library's own code: what is
// wrong in both a column's builder and the reader beside it would go unseen.
namespace test_support {

/// A value alone: "7", "abc", "0AFF" for bytes, "[1, NULL]", "NULL"; dates and times as Arrow's numbers.
std::string value_text(const ArrowSchema& schema, const ArrowArray& array, int64_t row);

/// A value with its kind in front, "int64 7" for whole numbers of every width, "text abc", "bytes 0AFF",
/// "date 2024-02-29", "time -1000 us", or "null".
std::string cell_text(const ArrowSchema& schema, const ArrowArray& array, int64_t row);

/// A column's format and, where it has them, its extension's name and the database's name of its type.
std::string type_text(const ArrowSchema& field);

/// All cells of a batch, row by row: "int64 1, text a; null, null".
std::string batch_text(const ArrowSchema& schema, const ArrowArray& array);

}  // namespace test_support
