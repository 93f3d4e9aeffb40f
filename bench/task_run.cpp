// What the record of a task run costs: with the local store, and with a Prefect server that answers at once,
// beside the time that its requests alone take.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/json/value.hpp>
#include <unistd.h>

#include <prefect.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "http_listener.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int batches = 20;
constexpr int runs_of_a_batch = 100;

/// Microseconds of one run: of the batches, the middle one and the fastest, which other work on the machine
/// disturbed least; and of all, until the record was written.
struct RunTime {
  double median, least, written;
};

template <class Run>
RunTime time_of(const Run& run) {
  run(0);
  std::vector<double> times;
  for (int batch = 0; batch < batches; ++batch) {
    const auto begin = Clock::now();
    for (int i = 0; i < runs_of_a_batch; ++i) run(i);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count() /
                    runs_of_a_batch);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front(), 0};
}

/// The time of one call of a task that does nothing, within a flow.
RunTime task_time() {
  const auto nothing = prefect::task("nothing", [](int n) { return n; });
  RunTime time{};
  const auto begin = Clock::now();
  prefect::flow("many", [&] { time = time_of([&](int i) { nothing(i); }); })();
  const std::chrono::duration<double, std::micro> all = Clock::now() - begin;
  time.written = all.count() / (batches * runs_of_a_batch + 1);
  return time;
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

/// The time of a task run's three requests, one after the other: two that it waits for, and that of its end,
/// which is sent while the next one runs.
RunTime request_time() {
  const auto client = prefect::RestClient::current();
  const boost::json::value created{{"name", "nothing-0"},
                                   {"task_key", "nothing"},
                                   {"dynamic_key", "0"},
                                   {"state", {{"type", "PENDING"}, {"name", "Pending"}}}};
  const boost::json::value running{{"state", {{"type", "RUNNING"}, {"name", "Running"}}}, {"force", false}};
  const boost::json::value completed{{"state", {{"type", "COMPLETED"}, {"name", "Completed"}}},
                                     {"force", false}};
  return time_of([&](int) {
    client->post("/task_runs/", created);
    client->post("/task_runs/01a202e6-236a-7f30-beee-599cb6bbb218/set_state", running);
    client->post("/task_runs/01a202e6-236a-7f30-beee-599cb6bbb218/set_state", completed);
  });
}

void print_time(const char* what, const RunTime& time) {
  std::printf("%-34s %8.1f us, fastest %8.1f us", what, time.median, time.least);
  if (time.written > 0) std::printf(", until it is written %8.1f us", time.written);
  std::printf("\n");
}

}  // namespace

int main() {
  const std::filesystem::path home =
      std::filesystem::temp_directory_path() / ("psa-bench-" + std::to_string(::getpid()));
  ::setenv("PREFECT_HOME", home.c_str(), 1);
  ::unsetenv("PREFECT_API_URL");
  ::unsetenv("PREFECT_SQLALCHEMY_STORE_URL");
  const RunTime local = task_time();
  prefect::detail::RunRecorder::process().close();
  print_time("task run, local store", local);

  test_support::HttpListener server(answer_at_once);
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api";
  ::setenv("PREFECT_API_URL", url.c_str(), 1);
  prefect::detail::RunRecorder::process().replace_sink(prefect::detail::process_sink);
  const RunTime requests = request_time();
  const RunTime on_server = task_time();
  prefect::detail::RunRecorder::process().close();
  print_time("its three requests to a server", requests);
  print_time("task run, server", on_server);
  print_time("beside its requests",
             {on_server.median - requests.median, on_server.least - requests.least, 0});
  std::filesystem::remove_all(home);
  return 0;
}
