#include <algorithm>
#include <tuple>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/rest_block_store.hpp>
#include <prefect_sqlalchemy/blocks/secret_fields.hpp>

#include "block_words.hpp"

namespace prefect {
namespace {

namespace json = boost::json;

// The server's own limit of one answer, unless it was set to less.
constexpr std::int64_t page_size = 200;

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object& object_of(const json::value& answer, const RestClient& client) {
  if (answer.is_object()) return answer.get_object();
  throw PrefectServerError("an answer of " + client.name() + " is not the JSON object that Prefect gives",
                           200, {}, false);
}

prefect_sqlalchemy::TimestampTz server_time(const std::string& iso) {
  prefect_sqlalchemy::TimestampTz time{};
  prefect_sqlalchemy::from_iso(iso, time);
  return time;
}

BlockDocument to_document(const json::value& answer, const RestClient& client) {
  const json::object& object = object_of(answer, client);
  BlockDocument out;
  out.id = text_at(object, "id");
  out.name = text_at(object, "name");
  if (const json::value* const type = object.if_contains("block_type");
      type != nullptr && type->is_object()) {
    out.block_type_slug = text_at(type->get_object(), "slug");
  }
  out.created = server_time(text_at(object, "created"));
  out.updated = server_time(text_at(object, "updated"));
  if (const json::value* const data = object.if_contains("data"); data != nullptr && data->is_object()) {
    out.data = data->get_object();
  }
  return out;
}

/// The server masks what its schema calls secret. A password may also be in a URL, or among arguments.
void mask_more(json::value& value, std::string_view key) {
  if (value.is_string()) {
    const std::string_view held = value.get_string();
    if (key == "password" || key == "passwd") {
      value = secret_stars;
    } else if (held.find("://") != std::string_view::npos) {
      if (std::string shown = url_without_secrets(held); !shown.empty()) value = std::move(shown);
    }
  } else if (value.is_object()) {
    for (auto& [name, below] : value.get_object()) mask_more(below, name);
  } else if (value.is_array()) {
    for (json::value& below : value.get_array()) mask_more(below, {});
  }
}

void mask_more(json::object& data) {
  for (auto& [name, below] : data) mask_more(below, name);
}

std::string document_path(std::string_view slug, std::string_view name) {
  return "/block_types/slug/" + RestClient::escaped(slug) + "/block_documents/name/" +
         RestClient::escaped(name);
}

bool is_missing(const PrefectServerError& error) {
  // "Not Found" alone is said of a path that is none of the API's.
  return error.status() == 404 && error.server_words() != "Not Found" && !error.server_words().empty();
}

}  // namespace

std::string RestBlockStore::type_id(const BlockType& type) {
  const std::string path = "/block_types/slug/" + RestClient::escaped(type.slug);
  for (bool again = true;; again = false) {
    try {
      // What Python has registered keeps its texts and picture.
      return text_at(object_of(client_->get(path), *client_), "id");
    } catch (const PrefectServerError& error) {
      if (!is_missing(error)) throw;
    }
    json::object made{{"name", type.name}, {"slug", type.slug}};
    if (!type.description.empty()) made["description"] = type.description;
    try {
      return text_at(object_of(client_->post("/block_types/", made), *client_), "id");
    } catch (const PrefectServerError& error) {
      if (error.status() != 409 || !again) throw;  // another process was first
    }
  }
}

RestBlockStore::Registered RestBlockStore::registered(const BlockType& type) {
  Registered out{type_id(type), {}};
  // The server finds the one that is there by its content.
  const json::object schema{{"fields", type.schema},
                            {"block_type_id", out.type_id},
                            {"capabilities", json::array{}},
                            {"version", PREFECT_SQLALCHEMY_VERSION "-cpp"}};
  out.schema_id = text_at(object_of(client_->post("/block_schemas/", schema), *client_), "id");
  return out;
}

void RestBlockStore::register_type(const BlockType& type) { registered(type); }

void RestBlockStore::save(const BlockDocument& document, const BlockType& type, bool overwrite) {
  check_block_name(document.name);
  const Registered ids = registered(type);
  for (bool again = overwrite;; again = false) {
    try {
      client_->post("/block_documents/", json::object{{"name", document.name},
                                                      {"data", document.data},
                                                      {"block_schema_id", ids.schema_id},
                                                      {"block_type_id", ids.type_id},
                                                      {"is_anonymous", false}});
      return;
    } catch (const PrefectServerError& error) {
      if (error.status() != 409) throw;
      if (!overwrite) detail::throw_block_exists();
    }
    try {
      const BlockDocument there = this->document(type.slug, document.name, false);
      // Without merge_existing_data: keys that are no more in the block go.
      client_->patch("/block_documents/" + there.id, json::object{{"block_schema_id", ids.schema_id},
                                                                  {"data", document.data},
                                                                  {"merge_existing_data", false}});
      return;
    } catch (const BlockNotFoundError&) {
      if (!again) throw;  // deleted by another process in between
    } catch (const PrefectServerError& error) {
      if (!again || !is_missing(error)) throw;
    }
  }
}

BlockDocument RestBlockStore::document(std::string_view slug, std::string_view name, bool with_secrets) {
  try {
    return to_document(
        client_->get(document_path(slug, name) + (with_secrets ? "?include_secrets=true" : "")), *client_);
  } catch (const PrefectServerError& error) {
    if (is_missing(error)) detail::throw_block_not_found(slug, name);
    throw;
  }
}

BlockDocument RestBlockStore::load(std::string_view slug, std::string_view name) {
  return document(slug, name, true);
}

BlockDocument RestBlockStore::inspect(std::string_view slug, std::string_view name) {
  BlockDocument out = document(slug, name, false);
  mask_more(out.data);
  return out;
}

void RestBlockStore::remove(std::string_view slug, std::string_view name) {
  const std::string id = document(slug, name, false).id;
  try {
    client_->remove("/block_documents/" + id);
  } catch (const PrefectServerError& error) {
    if (is_missing(error)) detail::throw_block_not_found(slug, name);
    throw;
  }
}

std::vector<BlockDocument> RestBlockStore::list(const std::optional<std::string>& slug) {
  std::vector<BlockDocument> documents;
  for (std::int64_t offset = 0;;) {
    json::object filter{{"block_documents", json::object{{"is_anonymous", json::object{{"eq_", false}}}}},
                        {"include_secrets", false},
                        {"sort", "BLOCK_TYPE_AND_NAME_ASC"},
                        {"limit", page_size},
                        {"offset", offset}};
    if (slug) {
      json::array wanted;
      wanted.emplace_back(*slug);
      filter["block_types"] = json::object{{"slug", json::object{{"any_", std::move(wanted)}}}};
    }
    const json::value page = client_->post("/block_documents/filter", filter);
    const json::array* const found = page.if_array();
    if (found == nullptr || found->empty()) break;
    for (const json::value& each : *found) {
      documents.push_back(to_document(each, *client_));
      mask_more(documents.back().data);
    }
    offset += static_cast<std::int64_t>(found->size());
    if (found->size() < static_cast<std::size_t>(page_size)) break;
  }
  std::sort(documents.begin(), documents.end(), [](const BlockDocument& a, const BlockDocument& b) {
    return std::tie(a.block_type_slug, a.name) < std::tie(b.block_type_slug, b.name);
  });
  return documents;
}

}  // namespace prefect
