#include "http_listener.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test_support {
namespace {

void send_whole(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

HttpListener::HttpListener(Handler handler) : handler_(std::move(handler)) { start(); }

HttpListener::~HttpListener() { stop(); }

int HttpListener::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HttpListener::start() {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t size = sizeof address;
  if (listening_ < 0 || ::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening_, 64) != 0 ||
      ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "a loopback listener");
  }
  port_ = ntohs(address.sin_port);
  stopping_ = false;
  acceptor_ = std::thread([this, listening = listening_] { accept_loop(listening); });
}

void HttpListener::stop() {
  if (!acceptor_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listening_, SHUT_RDWR);
  acceptor_.join();
  ::close(listening_);
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void HttpListener::accept_loop(int listening) {
  for (;;) {
    const int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(socket);
      return;
    }
    open_.insert(socket);
    workers_.emplace_back([this, socket, number = ++connections_] { serve(socket, number); });
  }
}

bool HttpListener::read_request(int socket, std::string& buffer, ReceivedRequest& request) {
  std::size_t head = 0, length = 0;
  for (;;) {
    if (head == 0 && (head = buffer.find("\r\n\r\n")) != std::string::npos) {
      head += 4;
      std::string_view rest(buffer.data(), head);
      const auto line_end = rest.find("\r\n");
      std::string_view line = rest.substr(0, line_end);
      request.method = line.substr(0, line.find(' '));
      line.remove_prefix(request.method.size() + 1);
      const std::string target(line.substr(0, line.find(' ')));
      const auto mark = std::min(target.find('?'), target.size());
      request.path = target.substr(0, mark);
      request.query = mark < target.size() ? target.substr(mark + 1) : std::string();
      rest.remove_prefix(line_end + 2);
      while (rest.size() > 2) {
        const auto end = rest.find("\r\n");
        const std::string_view header = rest.substr(0, end);
        const auto colon = header.find(':');
        auto value = header.substr(std::min(colon + 1, header.size()));
        while (value.starts_with(' ')) value.remove_prefix(1);
        request.headers[lower(std::string(header.substr(0, colon)))] = value;
        rest.remove_prefix(end + 2);
      }
      const auto found = request.headers.find("content-length");
      length = found == request.headers.end() ? 0 : std::strtoul(found->second.c_str(), nullptr, 10);
    } else if (head == std::string::npos) {
      head = 0;
    }
    if (head > 0 && buffer.size() >= head + length) {
      request.body = buffer.substr(head, length);
      buffer.erase(0, head + length);
      return true;
    }
    char part[16'384];
    const ssize_t size = ::recv(socket, part, sizeof part, 0);
    if (size <= 0) return false;
    buffer.append(part, static_cast<std::size_t>(size));
  }
}

void HttpListener::pause(std::chrono::milliseconds time) {
  if (time.count() > 0) std::this_thread::sleep_for(time);  // a slow server is slow: that is what is tested
}

void HttpListener::serve(int socket, int number) {
  std::string buffer;
  for (;;) {
    ReceivedRequest request;
    request.connection = number;
    if (!read_request(socket, buffer, request)) break;
    const SentAnswer answer = handler_(request);
    pause(answer.delay);
    if (answer.hang_up) break;
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Answer\r\nserver: uvicorn\r\n";
    if (answer.status != 204) {
      text +=
          "content-type: application/json\r\ncontent-length: " + std::to_string(answer.body.size()) + "\r\n";
    }
    for (const std::string& header : answer.headers) text += header + "\r\n";
    text += "\r\n";
    send_whole(socket, text + (answer.cut ? answer.body.substr(0, answer.body.size() / 2) : answer.body));
    if (answer.cut) break;
  }
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  ::close(socket);
}

}  // namespace test_support
