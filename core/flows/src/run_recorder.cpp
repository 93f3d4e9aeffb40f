#include <algorithm>
#include <cstdlib>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "local_run_sink.hpp"
#include "rest_run_sink.hpp"

namespace prefect::detail {
namespace {

namespace log = prefect_sqlalchemy::log;

std::string current_error_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

std::string what_is_in(std::span<const RunEvent> batch) {
  std::size_t runs = 0, states = 0, logs = 0, operations = 0;
  for (const RunEvent& event : batch) {
    if (std::holds_alternative<StateChanged>(event)) {
      ++states;
    } else if (std::holds_alternative<LogLine>(event)) {
      ++logs;
    } else if (std::holds_alternative<OperationRun>(event)) {
      ++operations;
    } else {
      ++runs;
    }
  }
  return std::to_string(runs) + " new runs, " + std::to_string(states) + " states, " + std::to_string(logs) +
         " log lines and " + std::to_string(operations) + " database operations";
}

/// Of an authority's runs: new ones are queued only when it could not be asked.
bool is_held_back(const RunEvent& event) {
  if (const auto* const state = std::get_if<StateChanged>(&event))
    return state->telling == Telling::held_back;
  return std::holds_alternative<FlowRunCreated>(event) || std::holds_alternative<TaskRunCreated>(event);
}

std::size_t held_back_in(const std::vector<RunEvent>& events) {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), is_held_back));
}

}  // namespace

std::unique_ptr<RunSink> process_sink() {
  std::unique_ptr<RunSink> sink;
  if (auto client = RestClient::current()) {
    sink = std::make_unique<RestRunSink>(std::move(client));
  } else {
    sink = std::make_unique<LocalRunSink>();
  }
  static const int registered = std::atexit([] { RunRecorder::process().close(); });
  static_cast<void>(registered);
  return sink;
}

RunRecorder::RunRecorder(SinkFactory open_sink, RecorderOptions options)
    : options_(std::move(options)), open_sink_(std::move(open_sink)) {}

RunRecorder::~RunRecorder() { close(); }

RunRecorder& RunRecorder::process() {
  // Never destroyed: runs may end while the program's static objects are going. What is queued is written
  // by a function called at exit, registered after the store was opened and so run before the store ends.
  static RunRecorder* const recorder = new RunRecorder(process_sink);
  return *recorder;
}

bool RunRecorder::enabled() {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::unopened) return phase_ == Phase::recording;
  }
  const std::lock_guard control(control_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::unopened) return phase_ == Phase::recording;
  }
  Phase phase = Phase::unrecorded;
  std::shared_ptr<RunSink> sink;
  try {
    sink = open_sink_();
    phase = Phase::recording;
  } catch (const SettingsError&) {
    throw;  // a server may be meant: to go on without its word would be wrong
  } catch (...) {
    log::warning("flow and task runs of this process are not recorded: " + current_error_text());
  }
  const std::lock_guard lock(mutex_);
  if (sink) {
    stopping_ = away_ = false;
    sink_ = sink;
    writer_ = std::thread([this, sink = std::move(sink)] { write_loop(sink); });
  }
  phase_ = phase;
  return phase == Phase::recording;
}

std::shared_ptr<RunAuthority> RunRecorder::authority() {
  if (!enabled()) return nullptr;
  const std::lock_guard lock(mutex_);
  RunAuthority* const found = sink_ ? sink_->authority() : nullptr;
  return found ? std::shared_ptr<RunAuthority>(sink_, found) : nullptr;
}

bool RunRecorder::holds_back() {
  const std::lock_guard lock(mutex_);
  return held_back_ > 0;
}

/// @return whether the event can be queued
bool RunRecorder::make_room(std::unique_lock<std::mutex>& lock, const RunEvent& event) {
  progress_.wait(lock,
                 [this] { return queue_.size() < options_.capacity || away_ || phase_ != Phase::recording; });
  if (phase_ != Phase::recording) return false;
  if (!away_ || queue_.size() < options_.away_capacity) return true;
  const bool detail = std::holds_alternative<LogLine>(event) || std::holds_alternative<OperationRun>(event);
  if (!detail && queue_.size() < 2 * options_.away_capacity) return true;
  ++dropped_;
  return false;
}

void RunRecorder::record(RunEvent event) {
  if (!enabled()) return;
  std::unique_lock lock(mutex_);
  if (!make_room(lock, event)) return;
  count_open_runs(event);
  if (is_held_back(event)) ++held_back_;
  queue_.push_back(std::move(event));
  ++taken_;
  // The first one starts the writer's clock; half a queue is worth a write of its own.
  if (queue_.size() == 1 || queue_.size() == options_.capacity / 2) wake_writer_.notify_one();
}

void RunRecorder::count_open_runs(const RunEvent& event) {
  if (const auto* flow = std::get_if<FlowRunCreated>(&event)) {
    open_runs_.insert(flow->id);
  } else if (const auto* task = std::get_if<TaskRunCreated>(&event)) {
    open_runs_.insert(task->id);
  } else if (const auto* state = std::get_if<StateChanged>(&event); state && state->state.is_final()) {
    open_runs_.erase(state->run_id);
  }
}

void RunRecorder::flush() {
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::recording) return;
  const std::uint64_t target = taken_;
  flush_to_ = std::max(flush_to_, target);
  wake_writer_.notify_one();
  progress_.wait(lock, [&] { return settled_ >= target || away_; });
}

void RunRecorder::give_up_at(std::chrono::steady_clock::time_point moment) {
  const std::lock_guard lock(mutex_);
  if (sink_) sink_->give_up_at(moment);
}

void RunRecorder::close() {
  const std::lock_guard control(control_mutex_);
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::unrecorded;
    stopping_ = true;
    give_up_ = std::chrono::steady_clock::now() + options_.close_patience;
    if (sink_) sink_->give_up_at(give_up_);
    wake_writer_.notify_one();
    progress_.notify_all();
  }
  if (writer_.joinable()) writer_.join();
  const std::lock_guard lock(mutex_);
  sink_.reset();
}

void RunRecorder::replace_sink(SinkFactory open_sink) {
  close();
  const std::lock_guard control(control_mutex_);
  const std::lock_guard lock(mutex_);
  open_sink_ = std::move(open_sink);
  open_runs_.clear();
  phase_ = Phase::unopened;
}

void RunRecorder::write_loop(const std::shared_ptr<RunSink>& sink) {
  std::unique_lock lock(mutex_);
  for (;;) {
    // Nothing to write: sleep until there is, showing from time to time that the process lives.
    while (queue_.empty() && !stopping_) {
      const auto woken = [this] { return !queue_.empty() || stopping_; };
      if (wake_writer_.wait_for(lock, options_.heartbeat, woken) || open_runs_.empty()) continue;
      lock.unlock();
      try {
        sink->heartbeat();
      } catch (...) {
        log::debug("the heartbeat in " + sink->name() + " failed: " + current_error_text());
      }
      lock.lock();
    }
    if (queue_.empty()) return;
    wake_writer_.wait_for(lock, options_.interval, [this] {
      return stopping_ || flush_to_ > settled_ || queue_.size() >= options_.capacity / 2;
    });
    std::vector<RunEvent> batch;
    batch.swap(queue_);
    progress_.notify_all();
    lock.unlock();
    write_batch(*sink, batch);
    lock.lock();
    settled_ += batch.size();
    held_back_ -= held_back_in(batch);
    progress_.notify_all();
  }
}

void RunRecorder::write_batch(RunSink& sink, const std::vector<RunEvent>& batch) {
  for (std::size_t tries = 0;; ++tries) {
    std::string reason;
    try {
      sink.write(batch);
      const std::lock_guard lock(mutex_);
      if (std::exchange(away_, false)) {
        log::warning(
            sink.name() + " is back; what was held back is there" +
            (dropped_ > 0 ? ", but for " + std::to_string(dropped_) + " events there was no room" : ""));
        dropped_ = 0;
      }
      return;
    } catch (...) {
      reason = current_error_text();
    }
    if (sink.comes_back()) {
      if (wait_for_store(sink, tries, reason)) continue;
      tell_lost(sink, batch, reason);
      return;
    }
    if (tries >= options_.retry_delays.size()) {
      tell_lost(sink, batch, reason);
      return;
    }
    std::this_thread::sleep_for(options_.retry_delays[tries]);
  }
}

/// @return false when it is time to give up
bool RunRecorder::wait_for_store(RunSink& sink, std::size_t tries, const std::string& reason) {
  std::unique_lock lock(mutex_);
  if (!std::exchange(away_, true)) {
    log::warning("runs go on without " + sink.name() + ", which is told of them when it is back: " + reason);
  }
  progress_.notify_all();
  const auto& delays = options_.away_delays;
  auto until = std::chrono::steady_clock::now() + delays[std::min(tries, delays.size() - 1)];
  const bool was_stopping = stopping_;
  wake_writer_.wait_until(lock, until, [&] { return stopping_ != was_stopping; });
  return !stopping_ || std::chrono::steady_clock::now() < give_up_;
}

void RunRecorder::tell_lost(RunSink& sink, const std::vector<RunEvent>& batch, const std::string& reason) {
  std::span<const RunEvent> lost = batch;
  lost = lost.subspan(std::min(sink.drop_batch(), lost.size()));
  std::string text = "the record of runs in " + sink.name() + " lost " + what_is_in(lost);
  if (const std::lock_guard lock(mutex_); dropped_ > 0) {
    text += " and " + std::to_string(std::exchange(dropped_, 0)) + " events there was no room for";
  }
  log::warning(text + ": " + reason);
}

}  // namespace prefect::detail
