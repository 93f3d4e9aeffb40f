#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "prefect_server.hpp"
#include "rest_run_sink.hpp"
#include "scoped_environment.hpp"

namespace test_support {

/// A test whose runs a Prefect server decides about.
class OnServer : public testing::Test {
 protected:
  explicit OnServer(PrefectServer::Version version = PrefectServer::Version::v3_8) : server_(version) {
    record();
  }
  ~OnServer() override {
    prefect::detail::RunRecorder::process().close();
    EXPECT_THAT(server_.problems(), testing::IsEmpty());
  }

  /// Records this process's runs there from now on.
  static void record() {
    prefect::detail::RunRecorder::process().replace_sink(
        [] { return std::make_unique<prefect::detail::RestRunSink>(prefect::RestClient::current()); });
  }
  static void flush() { prefect::detail::RunRecorder::process().flush(); }

  static std::string text(const boost::json::object& object, const char* key) {
    const auto* const value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  /// The only flow run of that flow name, or with an empty name the only one.
  boost::json::object flow_run() const {
    const auto runs = server_.flow_runs();
    EXPECT_EQ(1U, runs.size());
    return runs.empty() ? boost::json::object{} : runs.front();
  }
  std::vector<std::string> flow_states() const { return server_.state_names(text(flow_run(), "id")); }
  std::vector<std::string> task_states(const std::string& name) const {
    return server_.state_names(text(server_.task_run_named(name), "id"));
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> out;
    for (const auto& line : server_.logs()) out.push_back(text(line, "message"));
    return out;
  }

  PrefectServer server_;
  ScopedEnvironment url_{"PREFECT_API_URL", server_.url()};
  ScopedEnvironment run_id_{"PREFECT__FLOW_RUN_ID", std::nullopt};
};

}  // namespace test_support
