#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <curl/curl.h>
#include <sodium.h>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

#include "csrf_token.hpp"
#include "http_exchange.hpp"
#include "json_text.hpp"
#include "server_words.hpp"

namespace prefect {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using prefect_sqlalchemy::Diagnostics;
using std::chrono::milliseconds;

// What Prefect 2.14 and 3.8 both send and expect.
constexpr const char* api_version = "0.8.4";
constexpr milliseconds longest_wait = std::chrono::minutes(5);

Diagnostics diagnostics_of(int status, bool retryable, const std::string& words) {
  Diagnostics out;
  out.message = words;
  out.retryable = retryable;
  out.connection_lost = status == 0;
  return out;
}

std::string basic_credentials(const std::string& text) {
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

/// The wait that Retry-After asks for in seconds; dates are rare, and taken for none.
std::optional<milliseconds> retry_after(const std::string& text) {
  double seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || stop == text.data() || !(seconds >= 0)) return std::nullopt;
  return milliseconds(static_cast<long long>(std::min(seconds * 1000.0, 300'000.0)));
}

double random_part() {
  thread_local std::mt19937 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

bool is_retried(int status, const PrefectSettings& settings) {
  return status == 408 || status == 429 || status == 502 || status == 503 ||
         settings.retry_extra_codes.contains(status);
}

}  // namespace

PrefectServerError::PrefectServerError(const std::string& what, int status, std::string server_words,
                                       bool retryable)
    : OperationalError(what, diagnostics_of(status, retryable, server_words)),
      status_(status),
      server_words_(std::make_shared<const std::string>(std::move(server_words))) {}

struct RestClient::State {
  explicit State(PrefectSettings given) : settings(std::move(given)), connections(settings) {
    if (!settings.api_auth_string.reveal().empty()) {
      authorization = "Authorization: Basic " + basic_credentials(settings.api_auth_string.reveal());
    } else if (!settings.api_key.reveal().empty()) {
      authorization = "Authorization: Bearer " + settings.api_key.reveal();
    }
  }

  HttpRequest request(std::string_view method, const std::string& path, std::string body) {
    HttpRequest out;
    out.method = method;
    out.url = settings.api_url + path;
    out.body = std::move(body);
    out.headers.push_back(std::string("X-PREFECT-API-VERSION: ") + api_version);
    if (const std::string& line = authorization.reveal(); !line.empty()) out.headers.push_back(line);
    for (const auto& [name, value] : settings.custom_headers)
      out.headers.push_back(name + ": " + value.reveal());
    return out;
  }

  /// Sends a request until its answer is not one to be retried.
  HttpAnswer exchange(HttpRequest request) {
    for (int tries = 0;; ++tries) {
      request.timeout = time_for_one();
      HttpAnswer answer = connections.exchange(request);
      const bool again = answer.status == 0 ? answer.worth_a_retry : is_retried(answer.status, settings);
      if (!again || tries >= settings.max_retries) return answer;
      milliseconds delay =
          retry_after(answer.retry_after).value_or(milliseconds(1000LL << std::min(tries, 8)));
      delay =
          std::min(delay + milliseconds(static_cast<long long>(static_cast<double>(delay.count()) *
                                                               settings.retry_jitter_factor * random_part())),
                   longest_wait);
      prefect_sqlalchemy::log::debug(
          request.method + " " + url_without_userinfo(request.url) + " is tried again in " +
          std::to_string(delay.count()) +
          " ms: " + (answer.status == 0 ? answer.failure : "status " + std::to_string(answer.status)));
      if (!wait(delay)) return answer;
    }
  }

  milliseconds time_for_one() {
    const std::lock_guard lock(mutex);
    if (!give_up) return settings.request_timeout;
    const auto left = std::chrono::duration_cast<milliseconds>(*give_up - Clock::now());
    return std::clamp(left, milliseconds(1), settings.request_timeout);
  }

  /// @return false if time is up before
  bool wait(milliseconds delay) {
    const auto until = Clock::now() + delay;
    std::unique_lock lock(mutex);
    while (Clock::now() < until) {
      if (give_up && *give_up < until) return false;
      changed.wait_until(lock, until);
    }
    return true;
  }

  const PrefectSettings settings;
  HttpConnections connections;
  prefect_sqlalchemy::Secret authorization;
  CsrfToken csrf;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Clock::time_point> give_up;
};

RestClient::RestClient(PrefectSettings settings) : state_(std::make_unique<State>(std::move(settings))) {}
RestClient::~RestClient() = default;

std::shared_ptr<RestClient> RestClient::current() {
  PrefectSettings settings = PrefectSettings::load();
  if (!settings.has_server()) return nullptr;
  static std::mutex mutex;
  // Never destroyed: runs may end while the program's static objects are going.
  static auto* const last = new std::shared_ptr<RestClient>;
  const std::lock_guard lock(mutex);
  if (!*last || (*last)->settings() != settings) *last = std::make_shared<RestClient>(std::move(settings));
  return *last;
}

const PrefectSettings& RestClient::settings() const noexcept { return state_->settings; }

void RestClient::give_up_at(Clock::time_point moment) {
  const std::lock_guard lock(state_->mutex);
  state_->give_up = moment;
  state_->changed.notify_all();
}

std::string RestClient::escaped(std::string_view part) {
  const std::unique_ptr<char, decltype(&curl_free)> text(
      curl_easy_escape(nullptr, part.data(), static_cast<int>(part.size())), &curl_free);
  return text ? text.get() : std::string();
}

RestClient::Answer RestClient::send(std::string_view method, const std::string& path,
                                    const json::value& body) {
  const PrefectSettings& settings = state_->settings;
  const bool changes = method != "GET";
  const std::string text = body.is_null() ? std::string() : json::serialize(body);
  HttpAnswer answer;
  for (bool renewed = false;; renewed = true) {
    HttpRequest request = state_->request(method, path, text);
    if (changes && settings.csrf_support) {
      state_->csrf.add_to(request, [&](const std::string& from) {
        return state_->exchange(state_->request("GET", from, {}));
      });
    }
    answer = state_->exchange(std::move(request));
    const bool stale = answer.status == 403 && answer.body.find("CSRF") != std::string::npos;
    if (!stale || renewed) break;
    state_->csrf.forget();
  }
  const std::string asked = std::string(method) + " " + settings.shown_url() + path;
  if (answer.status == 0) {
    throw PrefectServerError("the Prefect server cannot be reached: " + asked + ": " +
                                 without_secrets(answer.failure, settings) + "; the URL is from " +
                                 settings.api_url_source + ", see that the server runs there",
                             0, {}, true);
  }
  if (answer.status < 200 || answer.status > 299) {
    const std::string words = without_secrets(server_words(answer.body), settings);
    throw PrefectServerError("the Prefect server answered " + std::to_string(answer.status) + " to " + asked +
                                 (words.empty() ? "" : ": " + words) + advice(answer, words, settings),
                             answer.status, words, is_retried(answer.status, settings));
  }
  Answer out{answer.status, nullptr};
  if (answer.body.empty()) return out;
  try {
    out.body = parse_json(answer.body);
  } catch (const std::exception&) {
    throw PrefectServerError("the answer " + std::to_string(answer.status) + " to " + asked +
                                 " is not JSON, so that is no Prefect server; see " + settings.api_url_source,
                             answer.status, {}, false);
  }
  return out;
}

}  // namespace prefect
