#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

using namespace std::chrono_literals;
using namespace prefect::detail;
using prefect::flow;
using prefect::task;

namespace {

struct Events {
  std::mutex mutex;
  std::vector<RunEvent> all;
};

class EventSink final : public RunSink {
 public:
  explicit EventSink(std::shared_ptr<Events> events) : events_(std::move(events)) {}
  void write(std::span<const RunEvent> batch) override {
    const std::lock_guard lock(events_->mutex);
    events_->all.insert(events_->all.end(), batch.begin(), batch.end());
  }
  void heartbeat() override {}
  std::string name() const override { return "memory"; }

 private:
  std::shared_ptr<Events> events_;
};

class RunRecorderThreads : public testing::Test {
 protected:
  RunRecorderThreads() {
    RunRecorder::process().replace_sink([events = events_] { return std::make_unique<EventSink>(events); });
  }
  ~RunRecorderThreads() override { RunRecorder::process().close(); }

  /// For each run, its states in the order of their arrival.
  std::map<std::string, std::vector<std::string>> states() {
    std::map<std::string, std::vector<std::string>> found;
    for (const RunEvent& event : events_->all) {
      if (const auto* change = std::get_if<StateChanged>(&event)) {
        EXPECT_EQ(static_cast<std::int64_t>(found[change->run_id].size()), change->sequence);
        found[change->run_id].push_back(change->state.name);
      }
    }
    return found;
  }

  std::shared_ptr<Events> events_ = std::make_shared<Events>();
};

}  // namespace

TEST_F(RunRecorderThreads, AThousandTasksOnEightThreadsLoseNoStateAndNoLogLine) {
  const auto work = task("work", [](int number) {
    prefect::run_logger().debug("number " + std::to_string(number));
    return number;
  });
  const auto all = flow("all",
                        [&] {
                          std::vector<int> numbers(1000);
                          std::iota(numbers.begin(), numbers.end(), 0);
                          int sum = 0;
                          for (const auto& future : work.map(numbers)) sum += future.get();
                          return sum;
                        },
                        {.task_runner = {.max_workers = 8}});
  EXPECT_EQ(499'500, all());

  const auto by_run = states();
  ASSERT_EQ(1001U, by_run.size());
  const std::vector<std::string> expected = {"Pending", "Running", "Completed"};
  for (const auto& [id, names] : by_run) EXPECT_EQ(expected, names);
  std::set<std::int64_t> sequences;
  std::set<std::string> numbers;
  for (const RunEvent& event : events_->all) {
    const auto* line = std::get_if<LogLine>(&event);
    if (!line) continue;
    EXPECT_TRUE(sequences.insert(line->sequence).second);
    if (line->level == LogLevel::debug) numbers.insert(line->message);
  }
  EXPECT_EQ(1000U, numbers.size());
  EXPECT_EQ(2002U, sequences.size());
}

TEST_F(RunRecorderThreads, FlowsRunSideBySide) {
  const auto one = task("one", [](int number) { return number; });
  const auto both = flow("both", [&](int number) { return one.submit(number).get() + one(number); });
  std::vector<std::thread> threads;
  std::atomic<int> sum = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) sum += both(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(4 * 49 * 50, sum);
  EXPECT_EQ(4U * 50U * 3U, states().size());
}

TEST_F(RunRecorderThreads, SubflowsAndTasksThatWaitForTasksEnd) {
  const auto leaf = task("leaf", [](int number) { return number; });
  const auto inner = flow("inner", [&](int number) { return leaf.submit(number).get(); },
                          {.task_runner = {.max_workers = 1}});
  const auto branch = task("branch", [&](int number) { return leaf.submit(number).get() + inner(number); });
  const auto outer = flow("outer",
                          [&] {
                            int sum = 0;
                            for (const auto& future : branch.map(std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}))
                              sum += future.get();
                            return sum;
                          },
                          {.task_runner = {.max_workers = 2}});
  EXPECT_EQ(72, outer());
}

TEST_F(RunRecorderThreads, CancellingAndTimingOutWhileTasksBeginAndEnd) {
  const auto loop = task("loop",
                         [] {
                           while (!prefect::stop_requested()) std::this_thread::yield();
                         },
                         {.timeout = 2ms});
  const auto all = flow("all",
                        [&] {
                          std::vector<prefect::Future<void>> futures;
                          for (int i = 0; i < 100; ++i) futures.push_back(loop.submit());
                          for (std::size_t i = 0; i < futures.size(); i += 2) futures[i].cancel();
                          prefect::wait(futures);
                        },
                        {.task_runner = {.max_workers = 4}});
  all();
  for (const auto& [id, names] : states()) {
    EXPECT_TRUE(names.back() == "Completed" || names.back() == "Cancelled" || names.back() == "TimedOut");
  }
}

TEST_F(RunRecorderThreads, ManyRecordBehindAFullQueue) {
  auto events = std::make_shared<Events>();
  RunRecorder recorder([events] { return std::make_unique<EventSink>(events); },
                       RecorderOptions{.capacity = 16, .interval = 1ms});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        recorder.record(LogLine{.place = {"run", ""}, .sequence = i});
        if (i % 100 == 0) recorder.flush();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  recorder.flush();
  const std::lock_guard lock(events->mutex);
  EXPECT_EQ(2000U, events->all.size());
}
