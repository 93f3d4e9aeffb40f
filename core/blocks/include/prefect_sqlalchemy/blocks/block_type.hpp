#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace prefect {

/// What all blocks of one type have in common.
///
/// A path names a field in the document from its top, parts joined by dots: "connection_info.password".
/// A part "*" stands for every key of an object and every element of a list there.
struct BlockType {
  std::string name;         ///< "SQLAlchemy Connector"
  std::string slug;         ///< "sqlalchemy-connector": lower-case letters, digits and dashes
  std::string description;  ///< for people
  /// In Prefect's shape: title, type, properties, required, block_type_slug, block_schema_references,
  /// secret_fields.
  boost::json::object schema;
  /// Paths of values that are encrypted at rest and masked when printed. Those of the schema, and more
  /// where this library knows better.
  std::vector<std::string> secret_fields;
  /// Paths of texts that are database URLs: treated likewise when a password is in them.
  std::vector<std::string> url_fields;
};

}  // namespace prefect
