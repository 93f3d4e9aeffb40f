#include "psa_command.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace test_support {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end, write_end;
};

std::string drain(int descriptor) {
  std::string text;
  char block[4096];
  for (;;) {
    const auto got = ::read(descriptor, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // a terminal's other end answers EIO when it is gone
    text.append(block, static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return text;
}

void wait_for(pid_t child, PsaRun& run) {
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  run.peak_kib = usage.ru_maxrss;
}

}  // namespace

PsaCommand::PsaCommand() {
  set("PREFECT_HOME", (folder() / "prefect").string());
  set("HOME", folder().string());
  for (const char* name : {"PSA_URL", "PREFECT_SQLALCHEMY_STORE_URL", "PREFECT_API_URL", "PREFECT_API_KEY",
                           "PREFECT_API_AUTH_STRING", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH",
                           "PREFECT__FLOW_RUN_ID", "COLUMNS", "XDG_DATA_HOME"})
    set(name, std::nullopt);
}

PsaRun PsaCommand::run(const std::vector<std::string>& arguments, const std::string& input) const {
  return run_program(PSA_BINARY, arguments, input);
}

PsaRun PsaCommand::run_program(const std::string& program, const std::vector<std::string>& arguments,
                               const std::string& input) const {
  const Program wanted(program, arguments, environment_);
  Pipe in, out, err;
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(in.read_end, 0);
    ::dup2(out.write_end, 1);
    ::dup2(err.write_end, 2);
    ::setsid();  // no terminal to ask on
    wanted.become();
  }
  ::close(in.read_end);
  ::close(out.write_end);
  ::close(err.write_end);
  if (::write(in.write_end, input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    ADD_FAILURE() << "the input was not taken";
  ::close(in.write_end);
  PsaRun run;
  std::thread errors([&] { run.err = drain(err.read_end); });
  run.out = drain(out.read_end);
  errors.join();
  wait_for(child, run);
  return run;
}

std::string PsaCommand::output(const std::vector<std::string>& arguments, const std::string& input) const {
  const auto done = run(arguments, input);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return done.out;
}

PsaRun PsaCommand::run_on(const Terminal& terminal, const std::vector<std::string>& arguments) const {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(terminal.columns);
  size.ws_row = 24;
  const Program psa(PSA_BINARY, arguments, environment_);
  int screen = -1;
  const auto child = ::forkpty(&screen, nullptr, nullptr, &size);
  if (child == 0) {
    if (terminal.only_stderr) ::dup2(::open("/dev/null", O_WRONLY), 1);
    psa.become();
  }
  PsaRun run;
  char block[4096];
  bool typed = terminal.typed.empty();
  for (;;) {
    const auto got = ::read(screen, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    run.out.append(block, static_cast<std::size_t>(got));
    if (!typed && run.out.find(": ") != run.out.npos) {
      typed = ::write(screen, terminal.typed.data(), terminal.typed.size()) > 0;
    }
    if (!terminal.until.empty() && run.out.find(terminal.until) != run.out.npos) {
      ::kill(child, SIGTERM);
      break;
    }
  }
  ::close(screen);
  wait_for(child, run);
  run.err = run.out;
  return run;
}

}  // namespace test_support
