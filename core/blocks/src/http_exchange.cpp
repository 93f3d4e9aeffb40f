#include "http_exchange.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <ctime>
#include <new>
#include <string_view>

#include <curl/curl.h>

namespace prefect {
namespace {

// More than any answer of Prefect's: what comes beyond is no Prefect server.
constexpr std::size_t longest_body = 256U << 20U;

/// OpenSSL writes without MSG_NOSIGNAL; a lost connection must not end the process.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  ~SigpipeBlocked() {
    if (!was_pending_) {
      sigset_t pipe;
      ::sigemptyset(&pipe);
      ::sigaddset(&pipe, SIGPIPE);
      const timespec now{};
      while (::sigtimedwait(&pipe, nullptr, &now) > 0) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
  bool was_pending_ = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* out) noexcept {
  auto& body = *static_cast<std::string*>(out);
  try {
    if (body.size() + size > longest_body) return 0;
    body.append(data, size);
    return size;
  } catch (...) {
    return 0;
  }
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* out) noexcept {
  try {
    auto& answer = *static_cast<HttpAnswer*>(out);
    const std::string_view line(data, size);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
    if (name == "retry-after") answer.retry_after = value;
    if (name == "location") answer.location = value;
    return size;
  } catch (...) {
    return 0;
  }
}

bool worth_a_retry(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

struct HeaderList {
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(first); }
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(first, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    first = longer;
  }
  curl_slist* first = nullptr;
};

}  // namespace

/// One handle, given back at the end with its connection.
class HttpConnections::Lease {
 public:
  explicit Lease(HttpConnections& owner) : owner_(owner) {
    {
      const std::lock_guard lock(owner_.mutex_);
      if (!owner_.idle_.empty()) {
        handle_ = owner_.idle_.back();
        owner_.idle_.pop_back();
      }
    }
    if (handle_ == nullptr) handle_ = curl_easy_init();
    if (handle_ == nullptr) throw std::bad_alloc();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    curl_easy_reset(handle_);  // forgets headers with secrets, keeps the connection
    const std::lock_guard lock(owner_.mutex_);
    try {
      owner_.idle_.push_back(handle_);
    } catch (...) {
      curl_easy_cleanup(handle_);
    }
  }
  CURL* handle() const noexcept { return handle_; }

 private:
  HttpConnections& owner_;
  CURL* handle_ = nullptr;
};

HttpConnections::HttpConnections(const PrefectSettings& settings) : settings_(settings) {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (begun != CURLE_OK) throw std::bad_alloc();
}

HttpConnections::~HttpConnections() {
  for (void* const handle : idle_) curl_easy_cleanup(handle);
}

HttpAnswer HttpConnections::exchange(const HttpRequest& request) {
  const Lease lease(*this);
  CURL* const curl = lease.handle();
  HttpAnswer answer;
  char words[CURL_ERROR_SIZE] = "";
  HeaderList headers;
  headers.add("Accept: application/json");
  headers.add("Expect:");
  if (!request.body.empty()) headers.add("Content-Type: application/json");
  for (const std::string& line : request.headers) headers.add(line);

  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else if (request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.first);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "prefect-sqlalchemy-cpp/" PREFECT_SQLALCHEMY_VERSION);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(
      curl, CURLOPT_HTTP_VERSION,
      static_cast<long>(settings_.enable_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  if (settings_.tls_insecure_skip_verify) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!settings_.ssl_cert_file.empty())
    curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ssl_cert_file.c_str());

  CURLcode code = CURLE_OK;
  {
    const SigpipeBlocked blocked;
    code = curl_easy_perform(curl);
  }
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else {
    answer.failure = *words != '\0' ? words : curl_easy_strerror(code);
    answer.worth_a_retry = worth_a_retry(code);
  }
  return answer;
}

}  // namespace prefect
