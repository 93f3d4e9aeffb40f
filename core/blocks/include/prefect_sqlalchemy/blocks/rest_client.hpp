#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

namespace prefect {

/// A Prefect server did not do what it was asked for. what() names the request's URL, the status and the
/// server's own words; never a key, a password, or what was sent. retryable(): it may work later.
class PREFECT_SQLALCHEMY_API PrefectServerError : public prefect_sqlalchemy::OperationalError {
 public:
  PrefectServerError(const std::string& what, int status, std::string server_words, bool retryable);

  /// Of the HTTP answer; 0: there was none, the server cannot be reached.
  int status() const noexcept { return status_; }
  /// "Block document not found"; empty if it said nothing.
  const std::string& server_words() const noexcept { return *server_words_; }

 private:
  int status_;
  std::shared_ptr<const std::string> server_words_;  // shared: copying an exception must not throw
};

/// A client of Prefect's REST API.
///
/// Paths are relative to the API URL: "/flow_runs/". Connections are kept and used again. An answer 408, 429,
/// 502 or 503, a lost connection and a time-out are retried as Prefect's own client does, after Retry-After
/// or growing times; a server that refuses the connection is not. Threads: any number at once.
class PREFECT_SQLALCHEMY_API RestClient {
 public:
  /// @param settings  has_server()
  explicit RestClient(PrefectSettings settings);
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;
  ~RestClient();

  /// The client of the server that the settings name now, the same for the same settings; nullptr if they
  /// name none. @throws SettingsError
  static std::shared_ptr<RestClient> current();

  const PrefectSettings& settings() const noexcept;
  /// The URL as messages show it.
  std::string name() const { return settings().shown_url(); }

  struct Answer {
    int status = 0;           ///< 200 to 299
    boost::json::value body;  ///< null if there was none
  };
  /// @param body  sent as JSON unless null
  /// @throws PrefectServerError
  Answer send(std::string_view method, const std::string& path, const boost::json::value& body = nullptr);

  boost::json::value get(const std::string& path) { return send("GET", path).body; }
  boost::json::value post(const std::string& path, const boost::json::value& body) {
    return send("POST", path, body).body;
  }
  void patch(const std::string& path, const boost::json::value& body) { send("PATCH", path, body); }
  void remove(const std::string& path) { send("DELETE", path); }

  /// From now on no request lasts longer than until then, its retries included: the program ends.
  void give_up_at(std::chrono::steady_clock::time_point moment);

  /// A text as one part of a path.
  static std::string escaped(std::string_view part);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prefect
