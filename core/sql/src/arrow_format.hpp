#pragma once

#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy::detail {

/// The Arrow type that stands for a kind of value on the way to a driver: format, and the metadata that
/// makes it more than its storage (nullptr: none). Both of static lifetime. docs/types.md lists them.
struct ArrowFormat {
  const char* format;
  const char* metadata;
};
ArrowFormat arrow_format(Kind kind) noexcept;

/// Bytes of one value where all have the same; 0: bit; -1: offsets and bytes; -2: none of these.
int fixed_width(Kind kind) noexcept;

}  // namespace prefect_sqlalchemy::detail
