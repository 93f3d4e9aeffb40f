#include "load_trial.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>

namespace psa_cli {
namespace {

using prefect_sqlalchemy::DriverReport;

// In the child: what find_driver says, through the pipe.
[[noreturn]] void load_and_tell(const std::string& driver, int pipe) {
  std::string reason;
  try {
    prefect_sqlalchemy::find_driver(driver);
  } catch (const prefect_sqlalchemy::MissingDriverError& error) {
    reason = error.candidates().empty() ? error.what() : error.candidates().front().reason;
  } catch (const std::exception& error) {
    reason = error.what();
  }
  const auto written = ::write(pipe, reason.data(), reason.size());
  ::_exit(written == static_cast<ssize_t>(reason.size()) ? 0 : 1);
}

std::string read_all(int pipe) {
  std::string text;
  char block[4096];
  for (;;) {
    const auto got = ::read(pipe, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
}

}  // namespace

void try_to_load(DriverReport& report) {
  if (report.candidates.empty() || !report.candidates.front().reason.empty()) return;
  int ends[2];
  if (::pipe(ends) != 0) return;
  const auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    load_and_tell(report.name, ends[1]);
  }
  ::close(ends[1]);
  auto reason = child > 0 ? read_all(ends[0]) : std::string();
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    reason = std::string("ends the process that loads it: ") + ::strsignal(WTERMSIG(status));
  } else if (reason.empty() && WEXITSTATUS(status) != 0) {
    reason = "ends the process that loads it, with exit code " + std::to_string(WEXITSTATUS(status));
  }
  report.candidates.front().reason = reason;
}

}  // namespace psa_cli
