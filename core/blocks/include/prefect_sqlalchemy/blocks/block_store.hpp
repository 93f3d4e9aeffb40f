#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/blocks/block_document.hpp>
#include <prefect_sqlalchemy/blocks/block_type.hpp>

namespace prefect {

/// Where block documents are kept. Threads: any number at once.
class PREFECT_SQLALCHEMY_API BlockStore {
 public:
  virtual ~BlockStore() = default;

  /// Makes a type and its schema known; saving does it, too. The local store needs none of it.
  virtual void register_type(const BlockType&) {}

  /// Keeps a document under its type and name, with its secrets protected as `type` says.
  /// @param document   its id and times are set by the store
  /// @param overwrite  replace the data of a document that is there; its id stays
  /// @throws BlockNameError    the name is none
  /// @throws BlockExistsError  it is there, and `overwrite` is false; it has not been changed
  virtual void save(const BlockDocument& document, const BlockType& type, bool overwrite) = 0;

  /// @return the document with its secrets in clear
  /// @throws BlockNotFoundError  there is none
  /// @throws BlockSecretError    a secret cannot be decrypted
  virtual BlockDocument load(std::string_view slug, std::string_view name) = 0;

  /// @return the document with its secrets masked; needs no key
  /// @throws BlockNotFoundError  there is none
  virtual BlockDocument inspect(std::string_view slug, std::string_view name) = 0;

  /// @throws BlockNotFoundError  there is none
  virtual void remove(std::string_view slug, std::string_view name) = 0;

  /// All documents, or those of one type, by type and name, with their secrets masked.
  virtual std::vector<BlockDocument> list(const std::optional<std::string>& slug = std::nullopt) = 0;
};

/// The store that the settings name now: a Prefect server if there is one (prefect_settings.hpp), else the
/// local store (settings.hpp). @throws SettingsError
PREFECT_SQLALCHEMY_API std::unique_ptr<BlockStore> current_block_store();

/// Makes a type known to the current store: `psa block register`.
PREFECT_SQLALCHEMY_API void register_block_type(const BlockType& type);

/// One document of the current store, with its secrets masked. @throws as BlockStore::inspect
PREFECT_SQLALCHEMY_API BlockDocument inspect_block(std::string_view slug, std::string_view name);

/// All documents of the current store, with their secrets masked.
PREFECT_SQLALCHEMY_API std::vector<BlockDocument> list_blocks();

}  // namespace prefect
