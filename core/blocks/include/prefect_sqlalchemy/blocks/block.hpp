#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/block_fields.hpp>
#include <prefect_sqlalchemy/blocks/block_store.hpp>

namespace prefect {

struct SaveOptions {
  /// Replace a block of that name; else it is an error.
  bool overwrite = false;
};

namespace detail {

PREFECT_SQLALCHEMY_API void save_block(const BlockType& type, std::string_view name, boost::json::object data,
                                       bool overwrite);
PREFECT_SQLALCHEMY_API BlockDocument load_block(const BlockType& type, std::string_view name);
PREFECT_SQLALCHEMY_API void remove_block(const BlockType& type, std::string_view name);
PREFECT_SQLALCHEMY_API std::vector<std::string> block_names(const BlockType& type);
[[noreturn]] PREFECT_SQLALCHEMY_API void throw_invalid_block(const BlockType& type, std::string_view name,
                                                             const std::string& reason);
/// What `original` has and `known` has not, at any depth of objects.
PREFECT_SQLALCHEMY_API boost::json::object unknown_keys(const boost::json::object& original,
                                                        const boost::json::object& known);
PREFECT_SQLALCHEMY_API void add_unknown_keys(boost::json::object& data, const boost::json::object& unknown);

}  // namespace detail

/// A configuration that is saved under a name and loaded by it: Prefect's Block.
///
/// A block type derives from it and gives three functions; see BlockType and block_fields.hpp:
///
///     struct Webhook : prefect::Block<Webhook> {
///       std::string url;
///       prefect_sqlalchemy::Secret token;
///
///       static const prefect::BlockType& block_type();
///       boost::json::object to_json() const;                     // secrets in clear
///       static Webhook from_json(const boost::json::object& data);  // throws what is wrong with it
///     };
///
/// Keys of a loaded document that from_json does not know (to_json does not give them back) are kept, and
/// saved again with the block. All functions also throw what the store does: StoreError,
/// MissingDriverError. Threads: as the type deriving from it; different blocks at once.
template <class Derived>
class Block {
 public:
  /// Keeps the block under a name.
  /// @param name  lower-case letters, digits and dashes
  /// @throws BlockNameError        it is none
  /// @throws BlockExistsError      it is in use for this type, and options.overwrite is false
  /// @throws BlockValidationError  a secret is eight stars, as in a masked document
  void save(std::string_view name, SaveOptions options = {}) const {
    boost::json::object data = static_cast<const Derived&>(*this).to_json();
    detail::add_unknown_keys(data, unknown_);
    detail::save_block(Derived::block_type(), name, std::move(data), options.overwrite);
  }

  /// @throws BlockNotFoundError    there is none of that name and type
  /// @throws BlockValidationError  what is stored does not fit the type
  /// @throws BlockSecretError      a secret in it cannot be decrypted
  static Derived load(std::string_view name) {
    const BlockType& type = Derived::block_type();
    const BlockDocument document = detail::load_block(type, name);
    try {
      Derived block = Derived::from_json(document.data);
      static_cast<Block&>(block).unknown_ = detail::unknown_keys(document.data, block.to_json());
      return block;
    } catch (const std::exception& error) {
      detail::throw_invalid_block(type, name, error.what());
    }
  }

  /// Deletes a block: Python's delete. @throws BlockNotFoundError  there is none
  static void remove(std::string_view name) { detail::remove_block(Derived::block_type(), name); }

  /// The names of all blocks of this type, in order.
  static std::vector<std::string> list() { return detail::block_names(Derived::block_type()); }

  friend bool operator==(const Block&, const Block&) = default;

 private:
  boost::json::object unknown_;
};

}  // namespace prefect
