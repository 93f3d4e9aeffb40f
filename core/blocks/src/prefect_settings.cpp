#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/json/array.hpp>

#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

#include "json_text.hpp"
#include "settings_sources.hpp"

namespace prefect {
namespace {

namespace json = boost::json;

/// Reads settings from the sources; what they cannot be is an error that names the source.
class Reader {
 public:
  std::optional<FoundSetting> find(const std::string& section, const std::string& name) const {
    std::string upper = "PREFECT_" + section + "_" + name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return c == '.' ? '_' : std::toupper(c); });
    for (const auto& source : sources_) {
      if (auto found = source->find(upper, section + "." + name)) return found;
    }
    return std::nullopt;
  }

  std::string text(const std::string& section, const std::string& name) const {
    const auto found = find(section, name);
    return found ? found->value : std::string();
  }

  bool flag(const std::string& section, const std::string& name, bool fallback) const {
    const auto found = find(section, name);
    if (!found) return fallback;
    std::string word = found->value;
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* yes : {"true", "1", "yes", "on", "t", "y"}) {
      if (word == yes) return true;
    }
    for (const char* no : {"false", "0", "no", "off", "f", "n"}) {
      if (word == no) return false;
    }
    throw_unfit(*found, "true or false");
  }

  double number(const std::string& section, const std::string& name, double fallback) const {
    const auto found = find(section, name);
    if (!found) return fallback;
    double value = 0;
    const char* const end = found->value.data() + found->value.size();
    const auto [stop, error] = std::from_chars(found->value.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value) || value < 0 || value > 1e6) {
      throw_unfit(*found, "a number from 0 to 1000000");
    }
    return value;
  }

  [[noreturn]] static void throw_unfit(const FoundSetting& found, const std::string& wanted) {
    throw SettingsError(found.source + " must be " + wanted);
  }

 private:
  std::vector<std::unique_ptr<SettingsSource>> sources_ = settings_sources();
};

std::map<std::string, prefect_sqlalchemy::Secret> headers_of(const FoundSetting& found) {
  std::map<std::string, prefect_sqlalchemy::Secret> headers;
  const auto refuse = [&] {
    Reader::throw_unfit(found, "a JSON object of texts, such as {\"X-Team\": \"data\"}");
  };
  json::value value;
  try {
    value = parse_json(found.value);
  } catch (const std::exception&) {
    refuse();
  }
  if (!value.is_object()) refuse();
  for (const auto& [name, content] : value.get_object()) {
    const bool plain = content.is_string() && name.find_first_of("\r\n:") == json::string::npos &&
                       content.get_string().find_first_of("\r\n") == json::string::npos && !name.empty();
    if (!plain) refuse();
    headers[name] = std::string_view(content.get_string());
  }
  return headers;
}

/// "401,403", "401" or a list.
std::set<int> codes_of(const FoundSetting& found) {
  std::set<int> codes;
  const char* at = found.value.data();
  const char* const end = at + found.value.size();
  while (at != end) {
    if (*at == ',' || *at == ' ' || *at == '[' || *at == ']') {
      ++at;
      continue;
    }
    int code = 0;
    const auto [stop, error] = std::from_chars(at, end, code);
    if (error != std::errc() || code < 100 || code > 599) {
      Reader::throw_unfit(found, "HTTP status codes, such as 401,403");
    }
    codes.insert(code);
    at = stop;
  }
  return codes;
}

/// What is sent in a header: a line break in it would begin another.
std::string header_text(const Reader& reader, const std::string& name) {
  const auto found = reader.find("api", name);
  if (!found) return {};
  if (found->value.find_first_of("\r\n") != std::string::npos) Reader::throw_unfit(*found, "one line");
  return found->value;
}

void check_url(const std::string& url, const std::string& source) {
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  const bool plain = url.find_first_of(" \t\r\n?#") == std::string::npos;
  if (!http || !plain || url.size() <= url.find("://") + 3) {
    throw SettingsError(source + " must be a URL such as http://127.0.0.1:4200/api");
  }
}

}  // namespace

std::string url_without_userinfo(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto host = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", host), url.size());
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

std::string PrefectSettings::shown_url() const { return url_without_userinfo(api_url); }

PrefectSettings PrefectSettings::load() {
  const Reader reader;
  PrefectSettings out;
  if (const auto url = reader.find("api", "url")) {
    out.api_url = url->value;
    out.api_url_source = url->source;
    while (out.api_url.ends_with('/')) out.api_url.pop_back();
    if (!out.api_url.empty()) check_url(out.api_url, url->source);
  }
  if (!out.has_server()) return PrefectSettings{};
  out.api_key = header_text(reader, "key");
  out.api_auth_string = header_text(reader, "auth_string");
  const double seconds = reader.number("api", "request_timeout", 60);
  // Zero would mean to libcurl that there is none.
  out.request_timeout = std::chrono::milliseconds(std::max<long long>(1, std::llround(seconds * 1000)));
  out.tls_insecure_skip_verify = reader.flag("api", "tls_insecure_skip_verify", false);
  out.ssl_cert_file = reader.text("api", "ssl_cert_file");
  out.enable_http2 = reader.flag("api", "enable_http2", false);
  out.max_retries = static_cast<int>(reader.number("client", "max_retries", 5));
  out.retry_jitter_factor = reader.number("client", "retry_jitter_factor", 0.2);
  if (const auto codes = reader.find("client", "retry_extra_codes")) out.retry_extra_codes = codes_of(*codes);
  if (const auto headers = reader.find("client", "custom_headers")) out.custom_headers = headers_of(*headers);
  out.csrf_support = reader.flag("client", "csrf_support_enabled", true);
  out.logging_to_api = reader.flag("logging.to_api", "enabled", true);
  return out;
}

}  // namespace prefect
