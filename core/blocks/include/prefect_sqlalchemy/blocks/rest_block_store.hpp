#pragma once

#include <memory>

#include <prefect_sqlalchemy/blocks/block_store.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>

namespace prefect {

/// Block documents on a Prefect server, shared with Python. The server encrypts secrets and masks them; they
/// travel in clear, so that anything but a loopback URL should be https.
/// All functions also throw PrefectServerError.
class PREFECT_SQLALCHEMY_API RestBlockStore : public BlockStore {
 public:
  explicit RestBlockStore(std::shared_ptr<RestClient> client) noexcept : client_(std::move(client)) {}

  void register_type(const BlockType& type) override;
  void save(const BlockDocument& document, const BlockType& type, bool overwrite) override;
  BlockDocument load(std::string_view slug, std::string_view name) override;
  BlockDocument inspect(std::string_view slug, std::string_view name) override;
  void remove(std::string_view slug, std::string_view name) override;
  std::vector<BlockDocument> list(const std::optional<std::string>& slug = std::nullopt) override;

 private:
  struct Registered {
    std::string type_id, schema_id;
  };
  Registered registered(const BlockType& type);
  std::string type_id(const BlockType& type);
  BlockDocument document(std::string_view slug, std::string_view name, bool with_secrets);

  std::shared_ptr<RestClient> client_;
};

}  // namespace prefect
