#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "http_listener.hpp"
#include "openapi_document.hpp"

namespace test_support {

/// A Prefect server as far as this library uses one: it keeps what it is sent, decides about states as the
/// servers do that were recorded, and checks each request against their OpenAPI documents. Whoever makes one
/// ends with EXPECT_EQ(no problems). Threads: any number of requests at once.
class PrefectServer {
 public:
  enum class Version { v3_8, v2_14 };
  using Problems = std::vector<std::string>;
  /// Answers in the server's place, or does not.
  using Fault = std::function<std::optional<SentAnswer>(const ReceivedRequest&)>;

  explicit PrefectServer(Version version = Version::v3_8);
  ~PrefectServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/api"; }
  void stop() { listener_.stop(); }
  void start() { listener_.start(); }
  int connections() const { return listener_.connections(); }

  /// Asked before each request is handled; what it answers has passed no check.
  void set_fault(Fault fault);
  /// The next `count` requests of that method and path are answered so.
  void fail_next(int count, std::string method, std::string path_part, SentAnswer answer);
  /// Every answer comes that much later.
  void slow_down(std::chrono::milliseconds delay);
  void want_authorization(std::string header);
  void want_csrf();

  /// What real servers would have refused.
  Problems problems() const;
  std::vector<ReceivedRequest> requests() const;
  /// "POST /flow_runs/", in order; ids are written as {id}.
  std::vector<std::string> calls() const;
  boost::json::array received(const std::string& call) const;

  // What is kept, by id or in order.
  boost::json::object flow_run(const std::string& id) const;
  std::vector<boost::json::object> flow_runs() const;
  std::vector<boost::json::object> task_runs() const;
  boost::json::object task_run_named(const std::string& name) const;
  std::vector<std::string> state_names(const std::string& run_id) const;
  boost::json::array states(const std::string& run_id) const;
  std::vector<boost::json::object> logs() const;
  std::vector<boost::json::object> artifacts() const;
  std::vector<boost::json::object> deployments() const;

  /// A flow run as a worker leaves it to its child: created by a deployment, in the state Submitting.
  /// @return its id
  std::string submit_flow_run(const std::string& flow_name, boost::json::object parameters);
  /// A person presses "Cancel" in the UI.
  void cancel_flow_run(const std::string& id);
  void add_work_pool(const std::string& name, const std::string& type);

 private:
  using Object = boost::json::object;
  struct Scripted {
    int left;
    std::string method, path_part;
    SentAnswer answer;
  };

  SentAnswer handle(const ReceivedRequest& request);
  SentAnswer route(const std::string& method, const std::string& path, const std::string& query,
                   const boost::json::value& body);
  std::optional<SentAnswer> refused(const ReceivedRequest& request, const std::string& path);
  std::optional<SentAnswer> scripted(const ReceivedRequest& request, const std::string& path);

  SentAnswer blocks(const std::string& method, const std::string& path, const std::string& query,
                    const Object& body);
  SentAnswer save_document(const Object& body);
  SentAnswer update_document(Object& document, const Object& body);
  Object shown_document(const Object& document, bool with_secrets) const;
  SentAnswer runs(const std::string& method, const std::string& path, const std::string& query,
                  const boost::json::value& body);
  SentAnswer create_flow_run(const Object& body);
  SentAnswer create_task_run(const Object& body);
  SentAnswer set_state(Object& run, bool is_flow, const Object& body);
  SentAnswer found(const std::string& kind, const Object& filter) const;
  SentAnswer deploying(const std::string& method, const std::string& path, const Object& body);
  Object write_state(Object& run, const Object& proposed, const std::string& name, const std::string& type);
  std::string time(std::chrono::system_clock::time_point moment) const;
  std::string now() const { return time(std::chrono::system_clock::now()); }

  const Version version_;
  const OpenApiDocument document_;
  mutable std::mutex mutex_;
  Fault fault_;
  std::vector<Scripted> script_;
  std::chrono::milliseconds delay_{0};
  std::string authorization_;
  bool csrf_ = false;
  std::string csrf_token_;
  Problems problems_;
  std::vector<ReceivedRequest> requests_;

  std::vector<Object> block_types_, block_schemas_, block_documents_;
  std::vector<Object> flows_, flow_runs_, task_runs_, logs_, artifacts_, deployments_, work_pools_;
  std::map<std::string, boost::json::array> states_;

  HttpListener listener_;  // last: its threads use all the rest
};

}  // namespace test_support
