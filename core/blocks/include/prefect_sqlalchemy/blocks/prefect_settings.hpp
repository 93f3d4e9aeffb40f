#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/secret.hpp>

namespace prefect {

/// A Prefect setting, or a file of settings, cannot be used. what() names it and where it came from, never a
/// secret.
class PREFECT_SQLALCHEMY_API SettingsError : public prefect_sqlalchemy::ArgumentError {
 public:
  using ArgumentError::ArgumentError;
};

/// How a Prefect server is reached: Prefect's own settings, found where Prefect finds them.
struct PREFECT_SQLALCHEMY_API PrefectSettings {
  std::string api_url;  ///< without a slash at its end; empty: there is no server. May hold a password.
  std::string api_url_source;          ///< where the URL was found, for people: "PREFECT_API_URL in .env"
  prefect_sqlalchemy::Secret api_key;  ///< sent as Bearer; Prefect Cloud
  prefect_sqlalchemy::Secret api_auth_string;         ///< "user:password", sent as Basic; goes before the key
  std::chrono::milliseconds request_timeout{60'000};  ///< of one request, its connecting included
  bool tls_insecure_skip_verify = false;
  std::string ssl_cert_file;  ///< certificates that are trusted; empty: the system's
  bool enable_http2 = false;
  std::map<std::string, prefect_sqlalchemy::Secret> custom_headers;  ///< they may hold tokens
  int max_retries = 5;
  double retry_jitter_factor = 0.2;
  std::set<int> retry_extra_codes;  ///< beside 408, 429, 502 and 503
  bool csrf_support = true;
  bool logging_to_api = true;  ///< false: log lines stay out of the server

  bool has_server() const noexcept { return !api_url.empty(); }
  /// The URL as messages show it: without user and password.
  std::string shown_url() const;

  /// Each setting as Prefect resolves it; the first of these that has it counts: the environment; `.env`,
  /// `prefect.toml` ([api] url) and `pyproject.toml` ([tool.prefect.api]) in the current folder; the profile
  /// that PREFECT_PROFILE names, else the active one of profiles.toml ($PREFECT_PROFILES_PATH, else in
  /// $PREFECT_HOME, else in ~/.prefect). Read anew at each call. Threads: any, while none changes the
  /// environment.
  /// @throws SettingsError  a value or a file is malformed, or the profile named is not there
  static PrefectSettings load();

  friend bool operator==(const PrefectSettings&, const PrefectSettings&) = default;
};

/// A URL with user and password taken out, as messages show it.
PREFECT_SQLALCHEMY_API std::string url_without_userinfo(const std::string& url);

}  // namespace prefect
