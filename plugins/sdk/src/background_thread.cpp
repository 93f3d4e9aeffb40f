// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>

#include <psa/sdk/background_thread.hpp>

namespace psa {
namespace {

constexpr std::chrono::seconds longest_wait_at_exit{2};

struct Running {
  std::mutex mutex;
  std::condition_variable changed;
  int count = 0;
  int waits_left = 16;
  std::chrono::steady_clock::time_point give_up;
};

// Never destroyed: a thread may outlast the wait.
Running& running() {
  static auto* const only = new Running;
  return *only;
}

void wait_at_exit() {
  std::unique_lock lock(running().mutex);
  auto& give_up = running().give_up;
  constexpr std::chrono::steady_clock::time_point none;
  if (give_up == none) give_up = std::chrono::steady_clock::now() + longest_wait_at_exit;
  running().changed.wait_until(lock, give_up, [] { return running().count == 0; });
}

// With the lock held. What is registered last runs first: so the wait is registered anew by the first
// threads, as a client library may register its own end while they run.
void register_wait() {
  if (running().waits_left == 0) return;
  --running().waits_left;
  std::atexit(&wait_at_exit);
}

void one_begins() {
  const std::lock_guard lock(running().mutex);
  register_wait();
  ++running().count;
}

void one_ended() {
  const std::lock_guard lock(running().mutex);
  register_wait();
  --running().count;
  running().changed.notify_all();
}

}  // namespace

std::thread thread_without_signals(std::function<void()> work) {
  // A thread begins with its maker's mask.
  struct AllBlocked {
    AllBlocked() {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
    }
    ~AllBlocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    sigset_t before;
  } const blocked;
  return std::thread(std::move(work));
}

void start_background_thread(std::function<void()> work) {
  one_begins();
  try {
    thread_without_signals([work = std::move(work)]() mutable {
      work();
      work = nullptr;  // what it holds may belong to the client library as well
      one_ended();
    }).detach();
  } catch (...) {
    one_ended();
    throw;
  }
}

}  // namespace psa
