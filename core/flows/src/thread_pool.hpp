#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <prefect_sqlalchemy/flows/run_options.hpp>
#include <prefect_sqlalchemy/flows/submitted_run.hpp>

namespace prefect::detail {

/// The threads behind ThreadPoolTaskRunner. Threads: any number at once.
class ThreadPool {
 public:
  explicit ThreadPool(ThreadPoolTaskRunner options);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Waits for all runs.
  ~ThreadPool();

  /// For tasks submitted outside of any run; what is left in it is finished at exit.
  static ThreadPool& process();
  /// True on the threads of all pools.
  static bool on_worker_thread() noexcept;

  void add(std::shared_ptr<SubmittedRun> run);
  /// Called once for each run added, when it has ended, wherever it ran.
  void run_ended();
  /// Returns when all runs added have ended.
  void wait_idle();

 private:
  void work();

  const std::size_t max_workers_;
  std::mutex mutex_;
  std::condition_variable wake_worker_;
  std::condition_variable idle_;
  std::deque<std::shared_ptr<SubmittedRun>> waiting_;
  std::size_t unfinished_ = 0;
  std::size_t free_workers_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace prefect::detail
