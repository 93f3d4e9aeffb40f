// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <new>
#include <utility>

#include <sys/prctl.h>
#include <sys/socket.h>

#include <psa/sdk/operation.hpp>

#include "client_extras.hpp"
#include "error.hpp"
#include "tls_scope.hpp"
#include "waiter.hpp"

namespace psa::mysql {
namespace {

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void set_text(MYSQL* mysql, mysql_option option, const std::string& text) {
  if (!text.empty()) mysql_options(mysql, option, text.c_str());
}

void set_options(MYSQL* mysql, const Settings& settings) {
  // Where the library waits by the hook, the waiter looks after this, and nothing need be set at the socket.
  // Shaking hands for TLS it may block.
  if (settings.connect_timeout != 0 && (!has_wait_hook() || may_use_tls(settings)))
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &settings.connect_timeout);
  if (settings.compress) mysql_options(mysql, MYSQL_OPT_COMPRESS, nullptr);
  const unsigned local_infile = settings.local_infile ? 1 : 0;
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, settings.charset.c_str());
  set_text(mysql, MYSQL_READ_DEFAULT_FILE, settings.default_file);
  set_text(mysql, MYSQL_READ_DEFAULT_GROUP, settings.default_group);
  if (!settings.application_name.empty())
    mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", settings.application_name.c_str());
  set_text(mysql, MYSQL_OPT_SSL_CA, settings.ssl_ca);
  set_text(mysql, MYSQL_OPT_SSL_CAPATH, settings.ssl_capath);
  set_text(mysql, MYSQL_OPT_SSL_CERT, settings.ssl_cert);
  set_text(mysql, MYSQL_OPT_SSL_KEY, settings.ssl_key);
  set_text(mysql, MYSQL_OPT_SSL_CIPHER, settings.ssl_cipher);
  set_tls(mysql, settings.tls);
  if (!install_wait_hook(mysql, &Waiter::on_wait)) {
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &settings.read_timeout);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &settings.write_timeout);
  }
}

// Behind connect(2) Connector/C sleeps for a microsecond, to which the kernel adds how late the thread's
// timers may be, 50 microseconds by default.
class PunctualSleep {
 public:
  PunctualSleep() noexcept : slack_(prctl(PR_GET_TIMERSLACK)) {
    if (slack_ > 1) prctl(PR_SET_TIMERSLACK, 1UL);
  }
  PunctualSleep(const PunctualSleep&) = delete;
  PunctualSleep& operator=(const PunctualSleep&) = delete;
  ~PunctualSleep() {
    if (slack_ > 1) prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_));
  }

 private:
  const int slack_;  // nanoseconds
};

MYSQL* connect(MYSQL* mysql, const Settings& settings) {
  const PunctualSleep punctual;
  return mysql_real_connect(
      mysql, or_null(settings.host), settings.user.c_str(),
      settings.has_password ? settings.password.c_str() : nullptr, or_null(settings.database), settings.port,
      or_null(settings.unix_socket),
      CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS | (settings.multi_statements ? CLIENT_MULTI_STATEMENTS : 0UL));
}

DriverError no_tls() {
  return DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "the server offers no TLS, and TLS is required")
      .with_flags(PSA_ERROR_CONNECTION_LOST)
      .with_vendor_code(2026)
      .with_hint("turn TLS on at the server, or go without it where that is safe: ssl_mode=PREFERRED");
}

}  // namespace

Client::Client(Client&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Client& Client::operator=(Client&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

void Client::open(const Settings& settings, Waiter& waiter) {
  start_client_library();
  handle_ = mysql_init(nullptr);
  if (handle_ == nullptr) throw std::bad_alloc();
  set_options(handle_, settings);
  const bool needs_tls = settings.tls >= Settings::Tls::required;
  if (needs_tls) waiter.need_tls();
  const MYSQL* connected = connect(handle_, settings);
  if (waiter.lacks_tls() || (connected != nullptr && needs_tls && !is_tls())) throw no_tls();
  if (connected == nullptr) throw connect_error(handle_, waiter);
  if (settings.tls == Settings::Tls::disabled && is_tls())
    throw invalid_argument(
        "ssl_mode=DISABLED contradicts the client library's option file, which asks for TLS");
  // Without TLS the library asks for each call that it shall not block.
  if (has_wait_hook() && is_tls()) make_nonblocking(socket_of(handle_));
}

bool Client::is_tls() const noexcept { return mysql_get_ssl_cipher(handle_) != nullptr; }

void Client::cut() noexcept {
  if (handle_ == nullptr) return;
  const int socket = socket_of(handle_);
  if (socket >= 0) shutdown(socket, SHUT_RDWR);
}

void Client::close() noexcept {
  if (handle_ == nullptr) return;
  const TlsScope quiet(is_tls());
  mysql_close(std::exchange(handle_, nullptr));
}

}  // namespace psa::mysql
