#include <atomic>
#include <regex>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>

#include "captured_log.hpp"
#include "message_of.hpp"
#include "prefect_server.hpp"
#include "silent_listener.hpp"
#include "thread_group.hpp"

using prefect::PrefectServerError;
using prefect::PrefectSettings;
using prefect::RestClient;
using test_support::HttpListener;
using test_support::message_of;
using test_support::PrefectServer;
using test_support::ReceivedRequest;
using test_support::SentAnswer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

PrefectSettings settings_for(const std::string& url) {
  PrefectSettings settings;
  settings.api_url = url;
  settings.api_url_source = "the test";
  return settings;
}

/// A retry at once: the server says how long to wait.
SentAnswer busy(int status) {
  return {.status = status,
          .body = R"({"exception_message":"Service Unavailable"})",
          .headers = {"Retry-After: 0"}};
}

struct RestClientTest : testing::Test {
  ~RestClientTest() override { EXPECT_THAT(server.problems(), testing::IsEmpty()); }
  PrefectServer server;
  PrefectSettings settings = settings_for(server.url());
  json::value new_flow{{"name", "f"}};
};

}  // namespace

TEST_F(RestClientTest, SendsJsonAndReadsJson) {
  RestClient client(settings);
  const json::value flow = client.post("/flows/", new_flow);
  EXPECT_EQ("f", flow.at("name").as_string());
  EXPECT_EQ(flow, client.get("/flows/" + std::string(flow.at("id").as_string())));
}

TEST_F(RestClientTest, OneConnectionIsUsedAgain) {
  RestClient client(settings);
  for (int i = 0; i < 20; ++i) client.post("/flows/", new_flow);
  EXPECT_EQ(1, server.connections());
}

TEST_F(RestClientTest, SeveralThreadsShareAClient) {
  RestClient client(settings);
  on_threads(4, [&client](int thread) {
    for (int i = 0; i < 25; ++i) {
      const std::string name = std::to_string(thread) + "-" + std::to_string(i);
      EXPECT_EQ(name, client.post("/flows/", json::value{{"name", name}}).at("name").as_string());
    }
  });
  EXPECT_LE(server.connections(), 4);
}

TEST_F(RestClientTest, TheAuthStringGoesBeforeTheKey) {
  settings.api_key = "pnu_key";
  server.want_authorization("Bearer pnu_key");
  EXPECT_NO_THROW(RestClient(settings).post("/flows/", new_flow));
  settings.api_auth_string = "admin:pass word";
  server.want_authorization("Basic YWRtaW46cGFzcyB3b3Jk");  // as recorded of Python's client
  EXPECT_NO_THROW(RestClient(settings).post("/flows/", new_flow));
}

TEST_F(RestClientTest, ARefusedKeyIsToldWithoutTheKey) {
  settings.api_key = "pnu_secret";
  server.want_authorization("Bearer other");
  const std::string text =
      message_of<PrefectServerError>([&] { RestClient(settings).post("/flows/", new_flow); });
  EXPECT_THAT(text, AllOf(HasSubstr("401"), HasSubstr("Unauthorized"), HasSubstr("PREFECT_API_KEY"),
                          HasSubstr(server.url() + "/flows/"), Not(HasSubstr("pnu_secret"))));
}

TEST_F(RestClientTest, ATokenIsFetchedOnceWhereTheServerWantsOne) {
  server.want_csrf();
  RestClient client(settings);
  client.post("/flows/", new_flow);
  client.post("/flows/", new_flow);
  EXPECT_THAT(server.calls(), testing::ElementsAre("GET /csrf-token", "POST /flows/", "POST /flows/"));
}

TEST_F(RestClientTest, AnInvalidTokenIsReplacedOnce) {
  server.want_csrf();
  RestClient client(settings), other(settings);
  client.post("/flows/", new_flow);
  other.post("/flows/", new_flow);  // the server knows only the last token
  EXPECT_NO_THROW(client.post("/flows/", new_flow));
}

TEST_F(RestClientTest, AServerWithoutTokensIsAskedForOneOnce) {
  for (const auto version : {PrefectServer::Version::v3_8, PrefectServer::Version::v2_14}) {
    PrefectServer plain(version);
    RestClient client(settings_for(plain.url()));
    client.post("/flows/", new_flow);
    client.post("/flows/", new_flow);
    EXPECT_THAT(plain.calls(), testing::ElementsAre("GET /csrf-token", "POST /flows/", "POST /flows/"));
  }
}

TEST_F(RestClientTest, BusyAnswersAreTriedAgain) {
  for (const int status : {408, 429, 502, 503}) {
    server.fail_next(2, "POST", "/flows/", busy(status));
    EXPECT_NO_THROW(RestClient(settings).post("/flows/", new_flow)) << status;
  }
  server.fail_next(1, "POST", "/flows/", busy(500));
  settings.retry_extra_codes = {500};
  EXPECT_NO_THROW(RestClient(settings).post("/flows/", new_flow));
}

TEST_F(RestClientTest, RetriesEnd) {
  settings.max_retries = 3;
  server.fail_next(100, "POST", "/flows/", busy(503));
  RestClient client(settings);
  try {
    client.post("/flows/", new_flow);
    FAIL() << "no error";
  } catch (const PrefectServerError& error) {
    EXPECT_EQ(503, error.status());
    EXPECT_TRUE(error.retryable());
    EXPECT_THAT(error.what(), HasSubstr("Service Unavailable"));
  }
  EXPECT_EQ(4U, server.received("POST /flows/").size());
}

TEST_F(RestClientTest, WaitsAreLengthenedByJitter) {
  settings.max_retries = 8;
  settings.retry_jitter_factor = 1;
  server.fail_next(8, "POST", "/flows/", {.status = 503, .headers = {"Retry-After: 0.02"}});
  const test_support::CapturedLog log(spdlog::level::debug);
  RestClient(settings).post("/flows/", new_flow);
  const std::string text = log.text();
  const std::regex waits("is tried again in (\\d+) ms");
  std::set<int> different;
  int count = 0;
  for (std::sregex_iterator each(text.begin(), text.end(), waits), end; each != end; ++each, ++count) {
    const int wait = std::stoi((*each)[1]);
    EXPECT_GE(wait, 20);
    EXPECT_LE(wait, 40);
    different.insert(wait);
  }
  EXPECT_EQ(8, count) << text;
  EXPECT_GT(different.size(), 1U) << text;
}

TEST_F(RestClientTest, ACutAnswerAndALostConnectionAreTriedAgain) {
  settings.retry_jitter_factor = 0;
  server.fail_next(1, "POST", "/flows/", {.status = 201, .body = R"({"id":"half of this"})", .cut = true});
  EXPECT_EQ("f", RestClient(settings).post("/flows/", new_flow).at("name").as_string());
  server.fail_next(1, "POST", "/flows/", {.hang_up = true});
  EXPECT_EQ("f", RestClient(settings).post("/flows/", new_flow).at("name").as_string());
}

TEST_F(RestClientTest, ARefusedConnectionIsNotTriedAgain) {
  server.stop();
  RestClient client(settings);
  try {
    client.post("/flows/", new_flow);
    FAIL() << "no error";
  } catch (const PrefectServerError& error) {
    EXPECT_EQ(0, error.status());
    EXPECT_TRUE(error.connection_lost());
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("cannot be reached"), HasSubstr(server.url()), HasSubstr("the test")));
  }
}

TEST_F(RestClientTest, ASilentServerIsGivenUpInTime) {
  const test_support::SilentListener silent;
  settings = settings_for("http://127.0.0.1:" + std::to_string(silent.port()) + "/api");
  settings.request_timeout = 50ms;
  settings.max_retries = 0;
  EXPECT_THAT(message_of<PrefectServerError>([&] { RestClient(settings).get("/health"); }),
              HasSubstr("cannot be reached"));
}

TEST_F(RestClientTest, AProgramThatEndsWaitsNoLonger) {
  settings.max_retries = 50;
  server.fail_next(100, "POST", "/flows/", {.status = 503, .headers = {"Retry-After: 3600"}});
  RestClient client(settings);
  client.give_up_at(std::chrono::steady_clock::now() + 100ms);
  EXPECT_THROW(client.post("/flows/", new_flow), PrefectServerError);
}

TEST_F(RestClientTest, WhatIsNotJsonIsNoPrefectServer) {
  server.fail_next(1, "GET", "/hello", {.status = 200, .body = "<html>Welcome</html>"});
  EXPECT_THAT(message_of<PrefectServerError>([&] { RestClient(settings).get("/hello"); }),
              HasSubstr("is not JSON"));
}

TEST(RestClientMessages, OfAValidationErrorTheValuesAreLeftOut) {
  HttpListener server([](const ReceivedRequest&) {
    return SentAnswer{
        .status = 422,
        .body = R"({"exception_message":"Invalid request received.","exception_detail":[{"type":"x",)"
                R"("loc":["body","data"],"msg":"Input should be a valid dictionary","input":"hunter2"}],)"
                R"("request_body":{"data":"hunter2"}})"};
  });
  PrefectSettings settings = settings_for("http://127.0.0.1:" + std::to_string(server.port()) + "/api");
  settings.csrf_support = false;
  EXPECT_THAT(
      message_of<PrefectServerError>([&] { RestClient(settings).post("/block_documents/", json::object{}); }),
      AllOf(HasSubstr("422"), HasSubstr("body.data: Input should be a valid dictionary"),
            Not(HasSubstr("hunter2"))));
}

TEST(RestClientMessages, SecretsThatAServerRepeatsAreHidden) {
  HttpListener server([](const ReceivedRequest& request) {
    return SentAnswer{
        .status = 400,
        .body = R"({"detail":"header )" + request.headers.at("x-token") + R"( of pnu_long_key"})"};
  });
  PrefectSettings settings =
      settings_for("http://bob:hidden-pw@127.0.0.1:" + std::to_string(server.port()) + "/api");
  settings.csrf_support = false;
  settings.api_key = "pnu_long_key";
  settings.custom_headers["X-Token"] = "t0ken-value";
  EXPECT_THAT(message_of<PrefectServerError>([&] { RestClient(settings).get("/x"); }),
              AllOf(HasSubstr("400"), Not(HasSubstr("pnu_long_key")), Not(HasSubstr("t0ken-value")),
                    Not(HasSubstr("hidden-pw"))));
}

TEST(RestClientMessages, AWrongApiUrlIsExplained) {
  PrefectServer server;
  PrefectSettings settings = settings_for(server.url().substr(0, server.url().size() - 4));
  EXPECT_THAT(message_of<PrefectServerError>([&] { RestClient(settings).get("/flows/x"); }),
              HasSubstr("/api"));
}
