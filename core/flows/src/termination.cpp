#include "termination.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/eventfd.h>
#include <unistd.h>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "active_run.hpp"

namespace prefect::detail {
namespace {

// A worker sends SIGKILL 30 seconds after SIGTERM: half of them are for the runs, the rest for telling the
// server.
constexpr std::chrono::seconds grace{10};

std::atomic<bool> termination_requested = false;
std::atomic<int> termination_event = -1;
std::atomic<pid_t> watching_process = 0;  // a process forked off has the handler, but nobody who watches

extern "C" void psa_note_termination(int) {
  if (::getpid() != watching_process.load()) {
    ::signal(SIGTERM, SIG_DFL);
    ::raise(SIGTERM);  // once this handler has returned
    return;
  }
  const int before = errno;
  const std::uint64_t one = 1;
  // Nothing can be done about a failure here.
  if (::write(termination_event.load(), &one, sizeof one) < 0) errno = before;
  errno = before;
}

struct RunsUnderWay {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<ActiveRun*, std::weak_ptr<ActiveRun>> runs;
  bool handling = false;
};

RunsUnderWay& under_way() {
  // Never destroyed: its thread goes on until the process ends.
  static auto* const only = new RunsUnderWay;
  return *only;
}

std::vector<std::shared_ptr<ActiveRun>> those_left() {
  RunsUnderWay& all = under_way();
  const std::lock_guard lock(all.mutex);
  std::vector<std::shared_ptr<ActiveRun>> left;
  for (const auto& [key, run] : all.runs) {
    if (auto held = run.lock()) left.push_back(std::move(held));
  }
  return left;
}

[[noreturn]] void end_process() {
  termination_requested = true;
  prefect_sqlalchemy::log::warning("the process was asked to end (SIGTERM); its runs are stopped");
  RunRecorder::process().give_up_at(std::chrono::steady_clock::now() + grace + grace / 2);
  for (const auto& run : those_left()) run->cancel();
  {
    RunsUnderWay& all = under_way();
    std::unique_lock lock(all.mutex);
    all.changed.wait_for(lock, grace, [&] { return all.runs.empty(); });
  }
  const auto left = those_left();
  for (const bool tasks : {true, false}) {
    for (const auto& run : left) {
      if (tasks != run->is_flow()) run->crash();
    }
  }
  RunRecorder::process().close();
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGTERM, &plain, nullptr);
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  ::kill(::getpid(), SIGTERM);
  for (;;) ::pause();
}

void watch() {
  std::uint64_t count = 0;
  while (::read(termination_event.load(), &count, sizeof count) < 0) {
  }
  end_process();
}

/// Puts the handler in place, unless the program has one, or ignores the signal.
void start_handling(RunsUnderWay& all) {
  struct sigaction before {};
  if (::sigaction(SIGTERM, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
  if (watching_process != ::getpid()) {
    const int event = ::eventfd(0, EFD_CLOEXEC);
    if (event < 0) return;
    termination_event = event;
    std::thread(watch).detach();
    watching_process = ::getpid();
  }
  struct sigaction ours {};
  ours.sa_handler = psa_note_termination;
  ours.sa_flags = SA_RESTART;
  all.handling = ::sigaction(SIGTERM, &ours, nullptr) == 0;
}

void stop_handling(RunsUnderWay& all) {
  if (!all.handling || termination_requested) return;
  struct sigaction now {};
  if (::sigaction(SIGTERM, nullptr, &now) == 0 && now.sa_handler == psa_note_termination) {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    ::sigaction(SIGTERM, &plain, nullptr);
  }
  all.handling = false;
}

}  // namespace

bool Termination::requested() noexcept { return termination_requested; }

void Termination::wait_if_requested() {
  while (termination_requested) ::pause();
}

Termination::Entry::Entry(const std::shared_ptr<ActiveRun>& run) : run_(run.get()) {
  RunsUnderWay& all = under_way();
  const std::lock_guard lock(all.mutex);
  if (all.runs.empty() && !all.handling) start_handling(all);
  all.runs.emplace(run_, run);
}

Termination::Entry::~Entry() {
  RunsUnderWay& all = under_way();
  const std::lock_guard lock(all.mutex);
  all.runs.erase(run_);
  if (!all.runs.empty()) return;
  stop_handling(all);
  all.changed.notify_all();
}

}  // namespace prefect::detail
