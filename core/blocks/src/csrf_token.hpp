#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include <prefect_sqlalchemy/sql/value_types.hpp>

#include "http_exchange.hpp"

namespace prefect {

/// The token that a server with CSRF protection wants with each change. Threads: any number at once.
class CsrfToken {
 public:
  using Fetch = std::function<HttpAnswer(const std::string& path)>;

  /// Adds the token's headers to a request, after fetching one where that is due. A server that has no such
  /// protection is asked once.
  void add_to(HttpRequest& request, const Fetch& fetch);
  /// The server took it for invalid: fetch another.
  void forget();

 private:
  const std::string client_ = prefect_sqlalchemy::Uuid::random().text();
  std::mutex mutex_;
  bool wanted_ = true;
  std::string token_;
  std::chrono::steady_clock::time_point good_until_;
};

}  // namespace prefect
