#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

/// A deep copy of a schema, with its own memory, for a consumer to release.
ArrowSchema copy_schema(const ArrowSchema& schema);
/// True if both describe the same type; names and metadata do not count.
bool same_type(const ArrowSchema& left, const ArrowSchema& right);
/// An array that points into another's buffers, `length` rows from `first` on, and keeps `owner` alive until
/// it is released; its children likewise, so that a consumer may move them out.
ArrowArray share_array(const ArrowArray& array, std::int64_t first, std::int64_t length,
                       std::shared_ptr<const void> owner);
/// A struct array of these columns, which it takes over.
ArrowArray make_struct(std::int64_t length, std::vector<ArrowArray> columns);

}  // namespace prefect_sqlalchemy::detail
