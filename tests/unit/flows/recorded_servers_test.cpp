// A flow on what real servers answered, word for word (tests/fakes/prefect/answers-*.json).
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <regex>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "http_listener.hpp"
#include "openapi_document.hpp"
#include "rest_run_sink.hpp"
#include "scoped_environment.hpp"

namespace {

namespace json = boost::json;
using test_support::ReceivedRequest;
using test_support::ScopedEnvironment;
using test_support::SentAnswer;
using testing::IsEmpty;

/// Gives the recorded answers of each kind of request in their order, the last one again and again.
class Replay {
 public:
  explicit Replay(const std::string& version)
      : document_(PSA_PREFECT_DOCUMENTS "/openapi-" + version + ".json") {
    std::ifstream in(PSA_PREFECT_DOCUMENTS "/answers-" + version + ".json");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const json::value recorded = json::parse(text);
    for (const json::value& each : recorded.as_array()) {
      answers_[each.at("call").as_string().c_str()].push_back(
          {.status = each.at("status").to_number<int>(), .body = json::serialize(each.at("body"))});
    }
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/api"; }
  std::vector<std::string> problems() const {
    const std::lock_guard lock(mutex_);
    return problems_;
  }
  /// How many answers of that kind were not asked for.
  std::size_t left(const std::string& call) {
    const std::lock_guard lock(mutex_);
    return answers_[call].size() - given_[call];
  }

 private:
  SentAnswer answer(const ReceivedRequest& request) {
    static const std::regex id("[0-9a-f]{8}-[0-9a-f-]{27}");
    const std::string path = request.path.substr(4);  // behind /api
    const json::value body = request.body.empty() ? json::value(nullptr) : json::parse(request.body);
    const std::lock_guard lock(mutex_);
    // Prefect 2 has no such path, and says so once.
    if (path == "/csrf-token" && !answers_.contains("GET /csrf-token")) return {.status = 404, .body = "{}"};
    for (const std::string& each : document_.problems(request.method, path, request.query, body)) {
      problems_.push_back(request.method + " " + path + ": " + each);
    }
    const std::string call = request.method + " " + std::regex_replace(path, id, "{id}");
    const std::vector<SentAnswer>& all = answers_[call];
    std::size_t& given = given_[call];
    if (all.empty()) return {.status = 404, .body = R"({"detail":"Not Found"})"};
    const std::size_t next = std::min(given, all.size() - 1);
    given = next + 1;
    return all[next];
  }

  const test_support::OpenApiDocument document_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<SentAnswer>> answers_;
  std::map<std::string, std::size_t> given_;
  std::vector<std::string> problems_;
  test_support::HttpListener listener_{[this](const ReceivedRequest& request) { return answer(request); }};
};

class RecordedServers : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Servers, RecordedServers, testing::Values("3.8", "2.14"),
                         [](const auto& each) { return each.param == "3.8" ? "Prefect3" : "Prefect2"; });

}  // namespace

TEST_P(RecordedServers, AFlowWithARetryGoesItsCourseOnTheirAnswers) {
  Replay server(GetParam());
  const ScopedEnvironment url("PREFECT_API_URL", server.url());
  const ScopedEnvironment run("PREFECT__FLOW_RUN_ID", std::nullopt);
  auto& recorder = prefect::detail::RunRecorder::process();
  recorder.replace_sink(
      [] { return std::make_unique<prefect::detail::RestRunSink>(prefect::RestClient::current()); });
  int attempts = 0;
  const auto task = prefect::task("native_task", [] { return 42; });
  const auto flow = prefect::flow("again",
                                  [&] {
                                    if (++attempts == 1) throw std::runtime_error("once");
                                    return task();
                                  },
                                  {.retries = 1});
  EXPECT_EQ(42, flow());
  EXPECT_EQ(2, attempts);
  recorder.close();
  EXPECT_THAT(server.problems(), IsEmpty());
  for (const char* const call : {"POST /flows/", "POST /flow_runs/", "POST /flow_runs/{id}/set_state",
                                 "POST /task_runs/", "POST /task_runs/{id}/set_state", "POST /logs/"}) {
    EXPECT_EQ(0U, server.left(call)) << call;
  }
}
