#include <condition_variable>
#include <thread>

#include <prefect_sqlalchemy/flows/flow.hpp>

#include "captured_log.hpp"
#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using prefect::detail::RecorderOptions;
using prefect::detail::RunRecorder;

namespace {

LogLine line(int number) { return LogLine{.place = {"flow", ""}, .sequence = number, .message = "line"}; }

class RunRecorderTest : public testing::Test {
 protected:
  RunRecorder::SinkFactory sink() {
    return [record = record_] { return std::make_unique<MemorySink>(record); };
  }
  std::shared_ptr<MemoryRecord> record_ = std::make_shared<MemoryRecord>();
  CapturedLog log_;
};

}  // namespace

TEST_F(RunRecorderTest, WritesInBatchesInOrder) {
  RunRecorder recorder(sink(), {.interval = 1h});
  for (int i = 0; i < 1000; ++i) recorder.record(line(i));
  recorder.flush();
  const auto lines = record_->all<LogLine>();
  ASSERT_EQ(1000U, lines.size());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(i, lines[static_cast<std::size_t>(i)].sequence);
  EXPECT_LE(record_->batches, 2U);
}

TEST_F(RunRecorderTest, LosesNothingWhenTheQueueIsFull) {
  RunRecorder recorder(sink(), {.capacity = 8, .interval = 1h});
  for (int i = 0; i < 1000; ++i) recorder.record(line(i));
  recorder.flush();
  EXPECT_EQ(1000U, record_->all<LogLine>().size());
}

TEST_F(RunRecorderTest, WritesWithoutAFlushAfterTheInterval) {
  RunRecorder recorder(sink(), {.interval = 1ms});
  recorder.record(line(0));
  while (record_->all<LogLine>().empty()) std::this_thread::yield();
}

TEST_F(RunRecorderTest, WritesTheRestWhenItEnds) {
  {
    RunRecorder recorder(sink(), {.interval = 1h});
    recorder.record(line(0));
  }
  EXPECT_EQ(1U, record_->all<LogLine>().size());
}

TEST_F(RunRecorderTest, TriesAFailedBatchAgain) {
  record_->failures_to_come = 2;
  RunRecorder recorder(sink(), {.retry_delays = {1ms, 1ms}});
  recorder.record(line(0));
  recorder.flush();
  EXPECT_EQ(1U, record_->all<LogLine>().size());
  EXPECT_EQ("", log_.text());
}

TEST_F(RunRecorderTest, SaysWhatWasLost) {
  record_->failures_to_come = 2;
  RunRecorder recorder(sink(), {.retry_delays = {1ms}});
  recorder.record(line(0));
  recorder.flush();
  EXPECT_EQ(
      "warning the record of runs in the memory lost 0 new runs, 0 states, 1 log lines and 0 database "
      "operations: disk full\n",
      log_.text());
  recorder.record(line(1));
  recorder.flush();
  EXPECT_EQ(1U, record_->all<LogLine>().size()) << "stops for good";
}

TEST_F(RunRecorderTest, ShowsThatTheProcessLivesWhileRunsAreOpen) {
  RunRecorder recorder(sink(), {.interval = 1ms, .heartbeat = 1ms});
  recorder.record(FlowRunCreated{.id = "run"});
  for (;;) {
    const std::lock_guard lock(record_->mutex);
    if (record_->heartbeats > 1) break;
  }
}

TEST_F(RunRecorderTest, RunsGoOnUnrecordedWithOneWarning) {
  int opened = 0;
  RunRecorder::process().replace_sink([&]() -> std::unique_ptr<prefect::detail::RunSink> {
    ++opened;
    throw prefect_sqlalchemy::OperationalError("the store /nowhere/prefect-sqlalchemy.db cannot be opened");
  });
  const auto number = prefect::flow("f", [] { return 7; });
  EXPECT_EQ(7, number());
  EXPECT_EQ(7, number());
  EXPECT_EQ(1, opened);
  EXPECT_EQ(
      "warning flow and task runs of this process are not recorded: the store "
      "/nowhere/prefect-sqlalchemy.db cannot be opened\n",
      log_.text());
  RunRecorder::process().close();
}
