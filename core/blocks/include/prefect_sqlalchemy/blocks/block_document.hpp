#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect {

/// A block as a store keeps it, in Prefect's own shape.
struct BlockDocument {
  std::string id;  ///< a UUID; made by the store when empty
  std::string block_type_slug;
  std::string name;
  boost::json::object data;
  prefect_sqlalchemy::TimestampTz created, updated;
};

/// @throws BlockNameError  unless it has 1 to 180 lower-case letters, digits and dashes, and no more
PREFECT_SQLALCHEMY_API void check_block_name(std::string_view name);

}  // namespace prefect
