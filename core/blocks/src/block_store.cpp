#include <prefect_sqlalchemy/blocks/block.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/local_block_store.hpp>
#include <prefect_sqlalchemy/blocks/rest_block_store.hpp>
#include <prefect_sqlalchemy/blocks/secret_fields.hpp>

#include "block_words.hpp"

namespace prefect {

namespace json = boost::json;

std::unique_ptr<BlockStore> current_block_store() {
  if (auto client = RestClient::current()) return std::make_unique<RestBlockStore>(std::move(client));
  return std::make_unique<LocalBlockStore>(StoreDatabase::current());
}

BlockDocument inspect_block(std::string_view slug, std::string_view name) {
  return current_block_store()->inspect(slug, name);
}

std::vector<BlockDocument> list_blocks() { return current_block_store()->list(); }

void register_block_type(const BlockType& type) { current_block_store()->register_type(type); }

namespace detail {

void throw_block_not_found(std::string_view slug, std::string_view name) {
  throw BlockNotFoundError("Unable to find block document named " + std::string(name) + " for block type " +
                           std::string(slug));
}

void throw_block_exists() {
  throw BlockExistsError(
      "You are attempting to save values with a name that is already in use for this block type. If you "
      "would "
      "like to overwrite the values that are saved, then save with `overwrite=True`. (in C++: `{.overwrite = "
      "true}`)");
}

void save_block(const BlockType& type, std::string_view name, json::object data, bool overwrite) {
  check_block_name(name);
  // Stars come from a masked document; saved, they would replace the secret they stand for.
  for (const auto& path : type.secret_fields) {
    for_each_at(data, path, [&](json::value& value, const std::string&) {
      if (value.is_string() && value.get_string() == secret_stars) {
        throw BlockValidationError(
            "field " + path + " of block '" + std::string(name) +
            "' is eight stars, which stand for a hidden secret; give the secret itself");
      }
    });
  }
  BlockDocument document;
  document.block_type_slug = type.slug;
  document.name = name;
  document.data = std::move(data);
  current_block_store()->save(document, type, overwrite);
}

BlockDocument load_block(const BlockType& type, std::string_view name) {
  return current_block_store()->load(type.slug, name);
}

void remove_block(const BlockType& type, std::string_view name) {
  current_block_store()->remove(type.slug, name);
}

std::vector<std::string> block_names(const BlockType& type) {
  std::vector<std::string> names;
  for (auto& document : current_block_store()->list(type.slug)) names.push_back(std::move(document.name));
  return names;
}

void throw_invalid_block(const BlockType& type, std::string_view name, const std::string& reason) {
  throw BlockValidationError("Unable to load '" + std::string(name) + "' of block type " + type.slug +
                             " due to failed validation: " + reason);
}

json::object unknown_keys(const json::object& original, const json::object& known) {
  json::object unknown;
  for (const auto& [key, value] : original) {
    const json::value* const counterpart = known.if_contains(key);
    if (counterpart == nullptr) {
      unknown[key] = value;
    } else if (value.is_object() && counterpart->is_object()) {
      json::object below = unknown_keys(value.get_object(), counterpart->get_object());
      if (!below.empty()) unknown[key] = std::move(below);
    }
  }
  return unknown;
}

void add_unknown_keys(json::object& data, const json::object& unknown) {
  for (const auto& [key, value] : unknown) {
    json::value* const present = data.if_contains(key);
    if (present == nullptr) {
      data[key] = value;
    } else if (present->is_object() && value.is_object()) {
      add_unknown_keys(present->get_object(), value.get_object());
    }
  }
}

}  // namespace detail
}  // namespace prefect
