#include "server_words.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "json_text.hpp"

namespace prefect {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_words = 500;

std::string shortened(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() > longest_words) {
    std::size_t end = longest_words;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

void add(std::string& words, const std::string& more) {
  if (!more.empty()) words += (words.empty() ? "" : "; ") + more;
}

std::string words_of(const json::value& value);

/// One entry of a validation error: {"loc": ["body", "name"], "msg": "...", "input": what was sent}.
std::string reason_of(const json::object& entry) {
  std::string place;
  if (const json::value* const loc = entry.if_contains("loc"); loc != nullptr && loc->is_array()) {
    for (const json::value& part : loc->get_array()) {
      place += (place.empty() ? "" : ".") +
               (part.is_string() ? std::string(part.get_string()) : json::serialize(part));
    }
  }
  const json::value* const message = entry.if_contains("msg");
  const std::string text =
      message != nullptr && message->is_string() ? std::string(message->get_string()) : "";
  return place.empty() || text.empty() ? place + text : place + ": " + text;
}

std::string words_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  std::string words;
  if (value.is_array()) {
    for (const json::value& entry : value.get_array()) {
      add(words, entry.is_object() ? reason_of(entry.get_object()) : words_of(entry));
    }
  } else if (value.is_object()) {
    add(words, reason_of(value.get_object()));
  }
  return words;
}

void replace_all(std::string& text, const std::string& what) {
  if (what.size() < 4) return;  // too short to be one, and in too many words
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    text.replace(at, what.size(), prefect_sqlalchemy::Secret::stars);
    at += prefect_sqlalchemy::Secret::stars.size();
  }
}

}  // namespace

std::string server_words(const std::string& body) {
  json::value value;
  try {
    value = parse_json(body);
  } catch (const std::exception&) {
    // A proxy's page: only its text is worth telling.
    std::string text;
    bool tag = false;
    for (const char c : body.substr(0, 4000)) {
      if (c == '<') tag = true;
      if (!tag) text += c;
      if (c == '>') tag = false;
    }
    return shortened(text);
  }
  if (!value.is_object()) return shortened(words_of(value));
  std::string words;
  for (const char* const key : {"exception_message", "detail", "exception_detail"}) {
    if (const json::value* const said = value.get_object().if_contains(key)) add(words, words_of(*said));
  }
  return shortened(words);
}

std::string advice(const HttpAnswer& answer, const std::string& words, const PrefectSettings& settings) {
  if (answer.status == 401 || answer.status == 403) {
    return "; see PREFECT_API_AUTH_STRING (a server of your own) or PREFECT_API_KEY (Prefect Cloud)";
  }
  if (answer.status == 404 && (words == "Not Found" || words.empty())) {
    return "; " + settings.api_url_source + " may be wrong: the URL of Prefect's API mostly ends in /api";
  }
  if (answer.status >= 300 && answer.status < 400 && !answer.location.empty()) {
    return "; it points to " + url_without_userinfo(answer.location) + ", set PREFECT_API_URL accordingly";
  }
  return {};
}

std::string without_secrets(std::string text, const PrefectSettings& settings) {
  replace_all(text, settings.api_key.reveal());
  const std::string& both = settings.api_auth_string.reveal();
  replace_all(text, both);
  if (const auto colon = both.find(':'); colon != std::string::npos)
    replace_all(text, both.substr(colon + 1));
  for (const auto& [name, value] : settings.custom_headers) replace_all(text, value.reveal());
  // The password of a URL such as http://user:password@host/api.
  const std::string& url = settings.api_url;
  const auto host = url.find("://");
  const auto at = url.rfind('@', url.find('/', host + 3));
  if (at != std::string::npos && at > host) replace_all(text, url.substr(host + 3, at - host - 3));
  return text;
}

}  // namespace prefect
