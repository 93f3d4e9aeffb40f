// What a worker starts: a program of a flow, of those that deployed_run_test.cpp asks for by name. It writes
// a byte to standard output when it is in its flow.

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include <unistd.h>

#include <prefect.hpp>

namespace {

using namespace std::chrono_literals;

void ready() {
  if (::write(STDOUT_FILENO, "x", 1) != 1) std::abort();
}

/// Waits for its end, as a long query would.
void until_stopped() {
  while (!prefect::stop_requested()) std::this_thread::sleep_for(1ms);
  throw std::runtime_error("stopped");
}

void waits_in_its_task() {
  const auto t = prefect::task("t", [] { until_stopped(); });
  prefect::flow("sum", [&] {
    prefect::run_logger().info("almost lost");
    ready();
    t();
  })();
}

void waits() {
  prefect::flow("sum", [] {
    ready();
    until_stopped();
  })();
}

void fails() {
  prefect::flow("sum", [] {
    prefect::run_logger().info("before the end");
    throw std::runtime_error("as it happens");
  })();
}

void returns() {
  prefect::flow("sum", [] {})();
}

const std::map<std::string, std::function<void()>> programs{
    {"waits in its task", waits_in_its_task}, {"waits", waits}, {"fails", fails}, {"returns", returns}};

}  // namespace

int main(int, char** arguments) {
  programs.at(arguments[1])();  // an exception ends the program, as users' programs end
  return 0;
}
