#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

namespace prefect {

struct HttpRequest {
  std::string method;
  std::string url;
  std::string body;                  ///< JSON; empty: none
  std::vector<std::string> headers;  ///< "Name: value"; may hold secrets
  std::chrono::milliseconds timeout{0};
};

/// What came of one request.
struct HttpAnswer {
  int status = 0;  ///< 0: no whole answer came
  std::string body;
  std::string retry_after;
  std::string location;
  std::string failure;         ///< the client's words, where status is 0
  bool worth_a_retry = false;  ///< where status is 0: the connection broke or time was up, it was not refused
};

/// HTTP by libcurl, over connections that are kept. Threads: any number at once, each on a connection of its
/// own.
class HttpConnections {
 public:
  /// @param settings  of TLS and HTTP/2; borrowed, must outlive this
  explicit HttpConnections(const PrefectSettings& settings);
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;
  ~HttpConnections();

  /// Never throws for what the network or the server does.
  HttpAnswer exchange(const HttpRequest& request);

 private:
  class Lease;
  const PrefectSettings& settings_;
  std::mutex mutex_;
  std::vector<void*> idle_;  // CURL handles, the last one used last
};

}  // namespace prefect
