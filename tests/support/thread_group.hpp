#pragma once

#include <latch>
#include <thread>
#include <vector>

/// More than this machine has cores, or a test's pool has connections.
constexpr int thread_count = 6;

/// Runs function(i) on `count` threads, all begun together, and waits for them.
template <class Function>
void on_threads(int count, Function function) {
  std::latch ready(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      function(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}
