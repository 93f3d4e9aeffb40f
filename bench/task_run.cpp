// What the record of a task run costs: with the local store, and with a Prefect server that answers at once,
// beside the time that its requests alone take.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/json/value.hpp>
#include <unistd.h>

#include <prefect.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "http_listener.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int runs = 2'000;

double microseconds_each(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count() / runs;
}

/// The time of one call of a task that does nothing, within a flow.
double task_time() {
  const auto nothing = prefect::task("nothing", [](int n) { return n; });
  const auto many = prefect::flow("many", [&] {
    nothing(0);
    const auto begin = Clock::now();
    for (int i = 0; i < runs; ++i) nothing(i);
    return Clock::now() - begin;
  });
  return microseconds_each(many());
}

/// As short as an answer of Prefect's can be: all that is read of it.
test_support::SentAnswer answer_at_once(const test_support::ReceivedRequest& request) {
  static std::atomic<unsigned> count = 0;
  char id[64];
  std::snprintf(id, sizeof id, "01a202e6-236a-7f30-beee-%012x", ++count);
  if (request.path.ends_with("/set_state")) {
    return {.status = 201, .body = R"({"state":null,"status":"ACCEPT","details":{"type":"accept_details"}})"};
  }
  if (request.path.ends_with("/admin/version")) return {.status = 200, .body = "\"3.8.4\""};
  if (request.path.ends_with("/csrf-token")) return {.status = 422, .body = "{}"};
  return {.status = 201, .body = std::string(R"({"id":")") + id + R"(","name":"n"})"};
}

/// The time of the two requests that a task run waits for, alone.
double request_time() {
  const auto client = prefect::RestClient::current();
  const boost::json::value created{{"name", "nothing-0"},
                                   {"task_key", "nothing"},
                                   {"dynamic_key", "0"},
                                   {"state", {{"type", "PENDING"}, {"name", "Pending"}}}};
  const boost::json::value running{{"state", {{"type", "RUNNING"}, {"name", "Running"}}}, {"force", false}};
  client->post("/task_runs/", created);
  const auto begin = Clock::now();
  for (int i = 0; i < runs; ++i) {
    client->post("/task_runs/", created);
    client->post("/task_runs/01a202e6-236a-7f30-beee-599cb6bbb218/set_state", running);
  }
  return microseconds_each(Clock::now() - begin);
}

}  // namespace

int main() {
  const std::filesystem::path home =
      std::filesystem::temp_directory_path() / ("psa-bench-" + std::to_string(::getpid()));
  ::setenv("PREFECT_HOME", home.c_str(), 1);
  ::unsetenv("PREFECT_API_URL");
  ::unsetenv("PREFECT_SQLALCHEMY_STORE_URL");
  const double local = task_time();
  prefect::detail::RunRecorder::process().close();
  std::printf("local store            %7.1f us for each task run\n", local);

  test_support::HttpListener server(answer_at_once);
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api";
  ::setenv("PREFECT_API_URL", url.c_str(), 1);
  prefect::detail::RunRecorder::process().replace_sink(prefect::detail::process_sink);
  const double requests = request_time();
  const double on_server = task_time();
  prefect::detail::RunRecorder::process().close();
  std::printf("server, 2 requests     %7.1f us\n", requests);
  std::printf("server                 %7.1f us for each task run, %.1f beside its requests\n", on_server,
              on_server - requests);
  std::filesystem::remove_all(home);
  return 0;
}
