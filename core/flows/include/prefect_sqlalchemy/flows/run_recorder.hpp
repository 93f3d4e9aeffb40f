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
  /// Events held while a store is away that comes back: then nobody waits, and log lines and database
  /// operations beyond are lost; new runs and states beyond twice as many.
  std::size_t away_capacity = 100'000;
  /// The waits between the tries to reach it; the last one again and again.
  std::vector<std::chrono::milliseconds> away_delays = {std::chrono::milliseconds(250),
                                                        std::chrono::seconds(1), std::chrono::seconds(2),
                                                        std::chrono::seconds(5)};
  /// How long close() tries to write what is left.
  std::chrono::milliseconds close_patience{10'000};
  /// Longest time an event waits for others.
  std::chrono::milliseconds interval{250};
  std::chrono::milliseconds heartbeat{30'000};
  /// The waits between the tries to write one batch; after them it is given up, with a warning.
  std::vector<std::chrono::milliseconds> retry_delays = {std::chrono::milliseconds(200),
                                                         std::chrono::milliseconds(1000)};
};

/// The sink of the store that the settings name, closed at exit. @throws what opening it does
PREFECT_SQLALCHEMY_API std::unique_ptr<RunSink> process_sink();

/// Turns the events of runs into batched writes of a sink, on one thread of its own.
///
/// The sink is opened by the first event. Where that fails, one warning names the reason and nothing is
/// recorded: runs themselves never fail because of their record. A store that decides about runs (a Prefect
/// server) is the exception: a run that it does not know of cannot begin.
/// Threads: any number at once.
class PREFECT_SQLALCHEMY_API RunRecorder {
 public:
  using SinkFactory = std::function<std::unique_ptr<RunSink>()>;

  explicit RunRecorder(SinkFactory open_sink, RecorderOptions options = {});
  RunRecorder(const RunRecorder&) = delete;
  RunRecorder& operator=(const RunRecorder&) = delete;
  /// As close().
  ~RunRecorder();

  /// The one of this process, on the store that the settings name: a Prefect server, else the local store. It
  /// is closed at exit.
  static RunRecorder& process();

  /// Opens the sink if that was not tried yet. @return whether events are recorded
  /// @throws SettingsError  it is not known which store is meant
  bool enabled();
  /// The store that decides about runs; nullptr if it does not. @throws as enabled()
  std::shared_ptr<RunAuthority> authority();
  /// Whether states are waiting for a store that was away. Until they are there, it must not be asked: an
  /// answer would overtake them.
  bool holds_back();
  /// Takes an event; waits while the queue is full. Nothing once close() was called, or unrecorded.
  void record(RunEvent event);
  /// Returns when all events taken before are written or given up, or when the store is away.
  void flush();
  /// The process ends: from now on no answer is waited for longer than until then.
  void give_up_at(std::chrono::steady_clock::time_point moment);
  /// Writes what is left, and tells what could not be written; nothing is recorded from then on.
  void close();
  /// For tests and other stores: close(), and another sink from now on.
  void replace_sink(SinkFactory open_sink);

 private:
  enum class Phase : std::uint8_t { unopened, recording, unrecorded };

  void count_open_runs(const RunEvent& event);
  bool make_room(std::unique_lock<std::mutex>& lock, const RunEvent& event);
  void write_loop(const std::shared_ptr<RunSink>& sink);
  void write_batch(RunSink& sink, const std::vector<RunEvent>& batch);
  bool wait_for_store(RunSink& sink, std::size_t tries, const std::string& reason);
  void tell_lost(RunSink& sink, const std::vector<RunEvent>& batch, const std::string& reason);

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
  std::size_t held_back_ = 0;  // states queued since the store was away
  std::size_t dropped_ = 0;    // events there was no room for meanwhile
  bool away_ = false;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point give_up_;  // while stopping
  std::shared_ptr<RunSink> sink_;
  std::thread writer_;
};

}  // namespace prefect::detail
