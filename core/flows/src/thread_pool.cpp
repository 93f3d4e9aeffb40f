#include "thread_pool.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <prefect_sqlalchemy/flows/run_recorder.hpp>

namespace prefect::detail {
namespace {

thread_local bool is_worker = false;

std::size_t workers_for(ThreadPoolTaskRunner options) {
  if (options.max_workers > 0) return static_cast<std::size_t>(options.max_workers);
  return std::max(4U, std::thread::hardware_concurrency());
}

}  // namespace

ThreadPool::ThreadPool(ThreadPoolTaskRunner options) : max_workers_(workers_for(options)) {}

ThreadPool::~ThreadPool() {
  wait_idle();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_worker_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
}

ThreadPool& ThreadPool::process() {
  static ThreadPool* const pool = [] {
    // Opened first, so that its function at exit runs after this one's.
    RunRecorder::process().enabled();
    auto* made = new ThreadPool(ThreadPoolTaskRunner{});
    std::atexit([] { process().wait_idle(); });
    return made;
  }();
  return *pool;
}

bool ThreadPool::on_worker_thread() noexcept { return is_worker; }

void ThreadPool::add(std::shared_ptr<SubmittedRun> run) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(run));
  ++unfinished_;
  if (free_workers_ < waiting_.size() && workers_.size() < max_workers_) {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // No more threads to be had: the ones there do the work, if there are any.
      if (workers_.empty()) {
        waiting_.pop_back();
        --unfinished_;
        throw;
      }
    }
  }
  wake_worker_.notify_one();
}

void ThreadPool::run_ended() {
  const std::lock_guard lock(mutex_);
  if (--unfinished_ == 0) idle_.notify_all();
}

void ThreadPool::wait_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return unfinished_ == 0; });
}

void ThreadPool::work() {
  is_worker = true;
  std::unique_lock lock(mutex_);
  for (;;) {
    ++free_workers_;
    wake_worker_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --free_workers_;
    if (waiting_.empty()) return;
    std::shared_ptr<SubmittedRun> run = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run->run_if_waiting();
    run.reset();
    lock.lock();
  }
}

}  // namespace prefect::detail
