// Blocks and deployments of PrefectServer.

#include <boost/json/parse.hpp>

#include "prefect_server.hpp"
#include "prefect_server_parts.hpp"

namespace test_support {

namespace json = boost::json;
using namespace prefect_parts;

namespace {

constexpr std::string_view hidden = "********";

/// The value at "a.b" of a document, or nullptr.
json::value* at_path(object& data, const std::string& path) {
  object* here = &data;
  for (std::size_t begin = 0;;) {
    const std::size_t dot = path.find('.', begin);
    json::value* const value = here->if_contains(path.substr(begin, dot - begin));
    if (value == nullptr || dot == std::string::npos) return value;
    here = value->if_object();
    if (here == nullptr) return nullptr;
    begin = dot + 1;
  }
}

std::vector<std::string> secret_paths(const object& schema) {
  std::vector<std::string> out;
  const auto* const paths = schema.at("fields").as_object().if_contains("secret_fields");
  if (paths == nullptr) return out;
  for (const auto& path : paths->as_array()) out.emplace_back(path.as_string());
  return out;
}

}  // namespace

object PrefectServer::shown_document(const Object& document, bool with_secrets) const {
  Object out = document;
  const Object& schema = *find_by(block_schemas_, "id", text_of(document, "block_schema_id"));
  out["block_schema"] = schema;
  out["block_type"] = *find_by(block_types_, "id", text_of(document, "block_type_id"));
  if (with_secrets) return out;
  for (const std::string& path : secret_paths(schema)) {
    json::value* const value = at_path(out["data"].as_object(), path);
    if (value != nullptr && !value->is_null()) *value = hidden;
  }
  return out;
}

SentAnswer PrefectServer::save_document(const Object& body) {
  for (const Object& each : block_documents_) {
    if (text_of(each, "name") == text_of(body, "name") &&
        text_of(each, "block_type_id") == text_of(body, "block_type_id")) {
      return detail_answer(409, "Block already exists");
    }
  }
  Object made = body;
  made["id"] = new_uuid();
  made["created"] = made["updated"] = now();
  if (!made.contains("data")) made["data"] = object{};
  block_documents_.push_back(made);
  return json_answer(201, shown_document(made, false));
}

SentAnswer PrefectServer::update_document(Object& document, const Object& body) {
  if (const auto* const data = body.if_contains("data")) {
    Object fresh = data->as_object();
    // Stars stand for the secret that is there.
    for (const std::string& path :
         secret_paths(*find_by(block_schemas_, "id", text_of(document, "block_schema_id")))) {
      json::value* const value = at_path(fresh, path);
      json::value* const before = at_path(document["data"].as_object(), path);
      if (value && before && value->is_string() && value->get_string() == hidden) *value = *before;
    }
    const auto* const merge = body.if_contains("merge_existing_data");
    if (merge == nullptr || merge->as_bool()) {
      for (const auto& [key, value] : fresh) document["data"].as_object()[key] = value;
    } else {
      document["data"] = fresh;
    }
  }
  if (const auto* const schema = body.if_contains("block_schema_id")) document["block_schema_id"] = *schema;
  document["updated"] = now();
  return {.status = 204};
}

SentAnswer PrefectServer::blocks(const std::string& method, const std::string& path, const std::string& query,
                                 const Object& body) {
  if (path == "/block_types/") {
    if (find_by(block_types_, "slug", text_of(body, "slug")))
      return detail_answer(409, "Block type already exists");
    Object made = body;
    made["id"] = new_uuid();
    block_types_.push_back(made);
    return json_answer(201, made);
  }
  if (const std::string slug = between(path, "/block_types/slug/", ""); !slug.empty()) {
    const Object* const type = find_by(block_types_, "slug", slug);
    return type ? json_answer(200, *type) : detail_answer(404, "Block type not found");
  }
  if (path == "/block_schemas/") {
    if (!find_by(block_types_, "id", text_of(body, "block_type_id")))
      return detail_answer(404, "Block type not found");
    for (const Object& each : block_schemas_) {
      if (each.at("fields") == body.at("fields") && text_of(each, "version") == text_of(body, "version")) {
        return json_answer(200, each);
      }
    }
    Object made = body;
    made["id"] = new_uuid();
    made["checksum"] = "sha256:" + new_uuid();
    block_schemas_.push_back(made);
    return json_answer(201, made);
  }
  if (path == "/block_documents/") return save_document(body);
  if (path == "/block_documents/filter") {
    json::array out;
    const auto* const types = body.if_contains("block_types");
    std::size_t skipped = 0;
    const auto offset = body.at("offset").to_number<std::size_t>(),
               limit = body.at("limit").to_number<std::size_t>();
    if (limit > 200) return detail_answer(422, "Invalid limit: must be less than or equal to 200.");
    for (const Object& each : block_documents_) {
      const Object shown = shown_document(each, false);
      if (types) {
        const json::array& wanted = types->at("slug").at("any_").as_array();
        if (std::find(wanted.begin(), wanted.end(), shown.at("block_type").at("slug")) == wanted.end())
          continue;
      }
      if (skipped++ < offset || out.size() >= limit) continue;
      out.push_back(shown);
    }
    return json_answer(200, out);
  }
  if (const std::string id = between(path, "/block_documents/", ""); !id.empty()) {
    Object* const document = find_by(block_documents_, "id", id);
    if (!document) return detail_answer(404, "Block document not found");
    if (method == "PATCH") return update_document(*document, body);
    if (method == "DELETE") {
      block_documents_.erase(block_documents_.begin() + (document - block_documents_.data()));
      return {.status = 204};
    }
    return json_answer(200, shown_document(*document, query == "include_secrets=true"));
  }
  const auto split = path.find("/block_documents/name/");
  const std::string slug = path.substr(18, split - 18), name = path.substr(split + 22);
  for (const Object& each : block_documents_) {
    const Object* const type = find_by(block_types_, "id", text_of(each, "block_type_id"));
    if (text_of(each, "name") == name && text_of(*type, "slug") == slug) {
      return json_answer(200, shown_document(each, query == "include_secrets=true"));
    }
  }
  return detail_answer(404, "Block document not found");
}

SentAnswer PrefectServer::deploying(const std::string& method, const std::string& path, const Object& body) {
  if (const std::string name = between(path, "/work_pools/", ""); !name.empty()) {
    const Object* const pool = find_by(work_pools_, "name", name);
    return pool ? json_answer(200, *pool) : detail_answer(404, "Work pool not found");
  }
  if (path == "/deployments/" && method == "POST") {
    if (!find_by(work_pools_, "name", text_of(body, "work_pool_name")))
      return detail_answer(404, "Work pool not found");
    for (Object& each : deployments_) {
      if (text_of(each, "name") != text_of(body, "name") ||
          text_of(each, "flow_id") != text_of(body, "flow_id"))
        continue;
      for (const auto& [key, value] : body) each[key] = value;
      return json_answer(200, each);
    }
    Object made = body;
    made["id"] = new_uuid();
    deployments_.push_back(made);
    return json_answer(201, made);
  }
  if (const std::string id = between(path, "/deployments/", "/create_flow_run"); !id.empty()) {
    const Object* const deployment = find_by(deployments_, "id", id);
    if (!deployment) return detail_answer(404, "Deployment not found");
    Object run{{"flow_id", deployment->at("flow_id")},
               {"parameters", body.at("parameters")},
               {"state", object{{"type", "SCHEDULED"}, {"name", "Scheduled"}}}};
    return create_flow_run(run);
  }
  return detail_answer(404, "Not Found");
}

void PrefectServer::add_work_pool(const std::string& name, const std::string& type) {
  const std::lock_guard lock(mutex_);
  work_pools_.push_back({{"id", new_uuid()}, {"name", name}, {"type", type}});
}

}  // namespace test_support
