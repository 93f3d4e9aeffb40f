#include "browser.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <curl/curl.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.hpp"
#include "temporary_folder.hpp"

namespace test_support {
namespace {

namespace json = boost::json;

bool has_program(const char* name) {
  return std::system((std::string("command -v ") + name + " >/dev/null").c_str()) == 0;
}

std::size_t take_answer(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

}  // namespace

struct Browser::Driver {
  Driver() {
    const Program chromedriver("chromedriver", {"--port=0"}, {{"HOME", folder.path().string()}});
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      ::dup2(ends[1], 1);
      chromedriver.become();
    }
    ::close(ends[1]);
    output = ::fdopen(ends[0], "r");
    std::string said;
    const std::string before = "successfully on port ";
    for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) {
      said += static_cast<char>(c);
      const auto at = said.find(before);
      if (at == said.npos || said.back() != '\n') continue;
      url = "http://127.0.0.1:" + std::to_string(std::stoi(said.substr(at + before.size())));
      return;
    }
    throw std::runtime_error("chromedriver does not start: " + said);
  }
  ~Driver() {
    if (output) std::fclose(output);
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
  }

  TemporaryFolder folder;
  pid_t child = -1;
  std::FILE* output = nullptr;
  std::string url;
};

bool Browser::installed() { return has_program("chromedriver") && has_program("chromium"); }

Browser::Browser(bool dark) : driver_(std::make_unique<Driver>()) {
  json::array arguments{"--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-proxy-server",
                        "--window-size=1400,1000",
                        "--user-data-dir=" + (driver_->folder.path() / "profile").string()};
  if (dark) arguments.emplace_back("--force-dark-mode");
  const json::object chrome{{"args", std::move(arguments)}};
  const json::object wanted{
      {"capabilities", json::object{{"alwaysMatch", json::object{{"goog:chromeOptions", chrome}}}}}};
  session_ = "/session/" + std::string(ask("POST", "/session", wanted).at("sessionId").as_string());
  const json::array features{
      json::object{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}};
  ask("POST", session_ + "/goog/cdp/execute",
      json::object{{"cmd", "Emulation.setEmulatedMedia"}, {"params", json::object{{"features", features}}}});
}

Browser::~Browser() {
  try {
    ask("DELETE", session_);
  } catch (const std::exception&) {
    // The driver takes the browser with it.
  }
}

json::value Browser::ask(const std::string& method, const std::string& path, const json::value& body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  const std::string url = driver_->url + path;
  const std::string sent = body.is_null() ? std::string() : json::serialize(body);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 90L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (!sent.empty()) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, sent.c_str());
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    throw std::runtime_error(method + " " + path + ": " + curl_easy_strerror(code));
  }
  json::value value = json::parse(answer).at("value");
  if (value.is_object() && value.get_object().contains("error")) {
    throw std::runtime_error(method + " " + path + ": " + json::serialize(value.at("message")));
  }
  return value;
}

json::value Browser::ask(const std::string& method, const std::string& path) {
  return ask(method, path, nullptr);
}

void Browser::open(const std::filesystem::path& page) {
  ask("POST", session_ + "/url", json::object{{"url", "file://" + std::filesystem::absolute(page).string()}});
}

json::value Browser::run(const std::string& script) {
  return ask("POST", session_ + "/execute/sync", json::object{{"script", script}, {"args", json::array{}}});
}

std::string Browser::element(const std::string& css) {
  const json::value found =
      ask("POST", session_ + "/element", json::object{{"using", "css selector"}, {"value", css}});
  return session_ + "/element/" + std::string(found.as_object().begin()->value().as_string());
}

void Browser::click(const std::string& css) { ask("POST", element(css) + "/click", json::object{}); }

void Browser::press(const std::string& css, const std::string& keys) {
  ask("POST", element(css) + "/value", json::object{{"text", keys}});
}

std::string Browser::told(const std::string& css, const std::string& what) {
  return std::string(ask("GET", element(css) + "/" + what).as_string());
}

std::string Browser::role(const std::string& css) { return told(css, "computedrole"); }
std::string Browser::label(const std::string& css) { return told(css, "computedlabel"); }
std::string Browser::text(const std::string& css) { return told(css, "text"); }
std::string Browser::css_value(const std::string& css, const std::string& property) {
  return told(css, "css/" + property);
}

void Browser::screenshot(const std::filesystem::path& png) {
  // Base64, as the protocol has it.
  const std::string coded(ask("GET", session_ + "/screenshot").as_string());
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::ofstream out(png, std::ios::binary);
  unsigned bits = 0;
  int held = 0;
  for (const char c : coded) {
    const auto value = letters.find(c);
    if (value == letters.npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.put(static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xffU));
  }
}

}  // namespace test_support
