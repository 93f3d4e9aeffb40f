// How the client reaches a server: by TLS, and by a proxy.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>

#include "http_listener.hpp"
#include "message_of.hpp"
#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

namespace {

using prefect::PrefectServerError;
using prefect::PrefectSettings;
using prefect::RestClient;
using test_support::message_of;
using test_support::ScopedEnvironment;
using testing::AllOf;
using testing::HasSubstr;

/// A server with a certificate that nobody knows; GET /api/health is true there.
class TlsServer {
 public:
  TlsServer() {
    const std::string make =
        "cd " + folder_.path().string() +
        " && mkdir api && echo true > api/health && openssl req -x509 -newkey ec -pkeyopt "
        "ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out certificate.pem -days 2 -subj "
        "/CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null";
    if (std::system(make.c_str()) != 0) throw std::runtime_error("no certificate");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      ::dup2(ends[1], 1);
      ::dup2(::open("/dev/null", O_WRONLY), 2);
      if (::chdir(folder_.path().c_str()) == 0) {
        ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "certificate.pem",
                 "-key", "key.pem", "-WWW", static_cast<char*>(nullptr));
      }
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    char line[256];
    while (std::fgets(line, sizeof line, out_)) {
      if (std::sscanf(line, "ACCEPT 127.0.0.1:%d", &port_) == 1) return;
    }
    throw std::runtime_error("openssl s_server does not start");
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    std::fclose(out_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  PrefectSettings settings() const {
    PrefectSettings out;
    out.api_url = "https://127.0.0.1:" + std::to_string(port_) + "/api";
    out.api_url_source = "the test";
    out.max_retries = 0;
    return out;
  }
  std::string certificate() const { return (folder_.path() / "certificate.pem").string(); }

 private:
  test_support::TemporaryFolder folder_;
  pid_t child_ = -1;
  std::FILE* out_ = nullptr;
  int port_ = 0;
};

const bool has_openssl = std::system("command -v openssl >/dev/null") == 0;

}  // namespace

TEST(RestClientTls, AServerIsTrustedByItsCertificateAlone) {
  if (!has_openssl) GTEST_SKIP() << "openssl is not installed";
  const TlsServer server;
  PrefectSettings settings = server.settings();
  EXPECT_THAT(message_of<PrefectServerError>([&] { RestClient(settings).get("/health"); }),
              AllOf(HasSubstr(settings.api_url), HasSubstr("certificate")));
  settings.ssl_cert_file = server.certificate();
  EXPECT_TRUE(RestClient(settings).get("/health").as_bool());
  settings.ssl_cert_file = "/nowhere/certificate.pem";
  EXPECT_THROW(RestClient(settings).get("/health"), PrefectServerError);
}

TEST(RestClientTls, VerificationIsLeftOutOnlyWhereTheSettingSaysSo) {
  if (!has_openssl) GTEST_SKIP() << "openssl is not installed";
  const TlsServer server;
  PrefectSettings settings = server.settings();
  settings.tls_insecure_skip_verify = true;
  EXPECT_TRUE(RestClient(settings).get("/health").as_bool());
}

TEST(RestClientProxy, OfTheEnvironmentIsUsedUnlessTheHostIsExcepted) {
  std::string asked;
  test_support::HttpListener proxy([&](const test_support::ReceivedRequest& request) {
    asked = request.path;
    return test_support::SentAnswer{.status = 200, .body = "true"};
  });
  const ScopedEnvironment upper("NO_PROXY", std::nullopt);
  const ScopedEnvironment http("http_proxy", "http://127.0.0.1:" + std::to_string(proxy.port()));
  PrefectSettings settings;
  settings.api_url = "http://prefect.invalid/api";
  settings.api_url_source = "the test";
  settings.max_retries = 0;
  {
    const ScopedEnvironment none("no_proxy", std::nullopt);
    EXPECT_TRUE(RestClient(settings).get("/health").as_bool());
    EXPECT_EQ("http://prefect.invalid/api/health", asked);
  }
  const ScopedEnvironment excepted("no_proxy", "prefect.invalid");
  EXPECT_THROW(RestClient(settings).get("/health"), PrefectServerError);
}
