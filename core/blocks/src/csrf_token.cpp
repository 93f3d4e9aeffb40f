#include "csrf_token.hpp"

#include "json_text.hpp"

namespace prefect {

void CsrfToken::add_to(HttpRequest& request, const Fetch& fetch) {
  const std::lock_guard lock(mutex_);
  if (!wanted_) return;
  const auto now = std::chrono::steady_clock::now();
  if (token_.empty() || now >= good_until_) {
    const HttpAnswer answer = fetch("/csrf-token?client=" + client_);
    // 422: the protection is off; 404: a server of Prefect 2, which has none.
    if (answer.status == 422 || answer.status == 404) wanted_ = false;
    if (answer.status != 200) return;  // what else is wrong, the request itself will tell
    try {
      token_ = parse_json(answer.body).at("token").as_string();
    } catch (const std::exception&) {
      return;
    }
    // They live for an hour; half of it needs no clock that agrees with the server's.
    good_until_ = now + std::chrono::minutes(30);
  }
  request.headers.push_back("Prefect-Csrf-Token: " + token_);
  request.headers.push_back("Prefect-Csrf-Client: " + client_);
}

void CsrfToken::forget() {
  const std::lock_guard lock(mutex_);
  token_.clear();
}

}  // namespace prefect
