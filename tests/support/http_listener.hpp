#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

struct ReceivedRequest {
  std::string method;
  std::string path;                            ///< without the query
  std::string query;                           ///< "a=b", or empty
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  int connection = 0;  ///< which connection of the listener, from 1
};

struct SentAnswer {
  int status = 200;
  std::string body;
  std::vector<std::string> headers = {};
  std::chrono::milliseconds delay{0};
  bool cut = false;      ///< end the connection in the middle of the body
  bool hang_up = false;  ///< end the connection without an answer
};

/// A plain HTTP/1.1 server on a loopback port, one thread for each connection.
class HttpListener {
 public:
  using Handler = std::function<SentAnswer(const ReceivedRequest&)>;

  /// @param handler  called by several threads at once
  explicit HttpListener(Handler handler);
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;
  ~HttpListener();

  std::uint16_t port() const noexcept { return port_; }
  int connections() const;
  /// Refuses connections and ends those there are, as a server that has gone. Waits for the answers under
  /// way.
  void stop();
  /// Listens again, on the same port.
  void start();

 private:
  void accept_loop(int listening);
  void serve(int socket, int number);
  bool read_request(int socket, std::string& buffer, ReceivedRequest& request);
  void pause(std::chrono::milliseconds time);

  const Handler handler_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  mutable std::mutex mutex_;
  int connections_ = 0;
  std::set<int> open_;
  bool stopping_ = false;
  std::thread acceptor_;
  std::list<std::thread> workers_;
};

}  // namespace test_support
