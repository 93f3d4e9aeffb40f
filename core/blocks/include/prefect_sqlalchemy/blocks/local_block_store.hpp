#pragma once

#include <prefect_sqlalchemy/blocks/block_store.hpp>
#include <prefect_sqlalchemy/blocks/store_database.hpp>

namespace prefect {

/// Block documents in the store's database. Secrets are encrypted there; the key is in the environment
/// variable PREFECT_SQLALCHEMY_STORE_KEY (32 bytes, base64), or in the file `prefect-sqlalchemy.key` in
/// prefect_home(), which is made (0600) when the first secret is saved.
/// All functions also throw what StoreDatabase::engine() does.
class PREFECT_SQLALCHEMY_API LocalBlockStore : public BlockStore {
 public:
  /// @param database  borrowed; must outlive this
  explicit LocalBlockStore(StoreDatabase& database) noexcept : database_(database) {}

  void save(const BlockDocument& document, const BlockType& type, bool overwrite) override;
  BlockDocument load(std::string_view slug, std::string_view name) override;
  BlockDocument inspect(std::string_view slug, std::string_view name) override;
  void remove(std::string_view slug, std::string_view name) override;
  std::vector<BlockDocument> list(const std::optional<std::string>& slug = std::nullopt) override;

 private:
  BlockDocument stored(std::string_view slug, std::string_view name);

  StoreDatabase& database_;
};

}  // namespace prefect
