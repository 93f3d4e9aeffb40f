#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "local_run_sink.hpp"
#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

namespace test_support {

/// A test whose runs are recorded in a local store of its own, an SQLite file in an empty PREFECT_HOME.
class RecordedInStore : public testing::Test {
 protected:
  ~RecordedInStore() override { prefect::detail::RunRecorder::process().close(); }

  /// Records this process's runs in the store from now on.
  static void record() {
    prefect::detail::RunRecorder::process().replace_sink(
        [] { return std::make_unique<prefect::detail::LocalRunSink>(); });
  }
  std::size_t lock_files() const {
    const auto folder = folder_.path() / "run-locks";
    if (!std::filesystem::exists(folder)) return 0;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
  }
  /// Runs a function in a new process. Only before this one opens the store. @return how the process ended
  static int in_another_process(const std::function<void()>& function) {
    const pid_t child = ::fork();
    if (child == 0) {
      function();
      std::exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  TemporaryFolder folder_;
  ScopedEnvironment home_{"PREFECT_HOME", folder_.path().string()};
  ScopedEnvironment no_server_{"PREFECT_API_URL", std::nullopt};
  ScopedEnvironment store_url_{"PREFECT_SQLALCHEMY_STORE_URL", std::nullopt};
};

}  // namespace test_support
