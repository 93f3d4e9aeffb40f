#pragma once

#include <string>

#include <prefect_sqlalchemy/blocks/block.hpp>

/// A block type as an application writes its own.
struct Webhook : prefect::Block<Webhook> {
  std::string url;
  prefect_sqlalchemy::Secret token;
  std::int64_t retries = 3;

  static const prefect::BlockType& block_type() {
    static const prefect::BlockType type{.name = "Webhook",
                                         .slug = "webhook",
                                         .description = "Calls a URL.",
                                         .schema = {{"title", "Webhook"},
                                                    {"type", "object"},
                                                    {"properties",
                                                     {{"url", {{"type", "string"}}},
                                                      {"token", {{"type", "string"}, {"format", "password"}}},
                                                      {"retries", {{"type", "integer"}}}}},
                                                    {"required", {"url", "token"}},
                                                    {"block_type_slug", "webhook"},
                                                    {"block_schema_references", boost::json::object{}},
                                                    {"secret_fields", {"token"}}},
                                         .secret_fields = {"token"},
                                         .url_fields = {"url"}};
    return type;
  }

  boost::json::object to_json() const {
    return {{"url", url}, {"token", token.reveal()}, {"retries", retries}};
  }

  static Webhook from_json(const boost::json::object& data) {
    Webhook hook;
    hook.url = prefect::field<std::string>(data, "url");
    hook.token = prefect::field<prefect_sqlalchemy::Secret>(data, "token");
    hook.retries = prefect::optional_field<std::int64_t>(data, "retries").value_or(3);
    return hook;
  }

  friend bool operator==(const Webhook&, const Webhook&) = default;
};

inline Webhook make_webhook(std::string url, const std::string& token) {
  Webhook hook;
  hook.url = std::move(url);
  hook.token = token;
  return hook;
}
