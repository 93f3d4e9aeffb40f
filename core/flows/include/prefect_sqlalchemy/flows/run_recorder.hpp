#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/flows/run_sink.hpp>

namespace prefect::detail {

struct RecorderOptions {
  /// Events held in memory; whoever records more waits for the writer.
  std::size_t capacity = 10'000;
  /// Longest time an event waits for others.
  std::chrono::milliseconds interval{250};
  std::chrono::milliseconds heartbeat{30'000};
  /// The waits between the tries to write one batch; after them it is given up, with a warning.
  std::vector<std::chrono::milliseconds> retry_delays = {std::chrono::milliseconds(200),
                                                         std::chrono::milliseconds(1000)};
};

/// Turns the events of runs into batched writes of a sink, on one thread of its own.
///
/// The sink is opened by the first event. Where that fails, one warning names the reason and nothing is
/// recorded: runs themselves never fail because of their record.
/// Threads: any number at once.
class PREFECT_SQLALCHEMY_API RunRecorder {
 public:
  using SinkFactory = std::function<std::unique_ptr<RunSink>()>;

  explicit RunRecorder(SinkFactory open_sink, RecorderOptions options = {});
  RunRecorder(const RunRecorder&) = delete;
  RunRecorder& operator=(const RunRecorder&) = delete;
  /// As close().
  ~RunRecorder();

  /// The one of this process, on the store that the environment names. It is closed at exit.
  static RunRecorder& process();

  /// Opens the sink if that was not tried yet. @return whether events are recorded
  bool enabled();
  /// Takes an event; waits while the queue is full. Nothing once close() was called, or unrecorded.
  void record(RunEvent event);
  /// Returns when all events taken before are written, or given up.
  void flush();
  /// Writes what is left and lets go of the sink; the next event opens it anew.
  void close();
  /// For tests and other stores: close(), and another sink from now on.
  void replace_sink(SinkFactory open_sink);

 private:
  enum class Phase : std::uint8_t { unopened, recording, unrecorded };

  bool enabled_locked();
  void count_open_runs(const RunEvent& event);
  void write_loop(const std::shared_ptr<RunSink>& sink);
  void write_batch(RunSink& sink, const std::vector<RunEvent>& batch);

  const RecorderOptions options_;
  std::mutex control_mutex_;  // one opens or closes at a time
  std::mutex mutex_;
  std::condition_variable wake_writer_;
  std::condition_variable progress_;
  SinkFactory open_sink_;
  Phase phase_ = Phase::unopened;
  std::vector<RunEvent> queue_;
  std::set<std::string> open_runs_;
  std::uint64_t taken_ = 0;    // events ever queued
  std::uint64_t settled_ = 0;  // events written or given up
  std::uint64_t flush_to_ = 0;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace prefect::detail
