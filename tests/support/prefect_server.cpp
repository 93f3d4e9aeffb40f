#include "prefect_server.hpp"

#include <regex>

#include <boost/json/parse.hpp>

#include <prefect_sqlalchemy/sql/value_types.hpp>

#include "prefect_server_parts.hpp"

namespace test_support {

namespace json = boost::json;
using namespace prefect_parts;

namespace prefect_parts {

std::string new_uuid() { return prefect_sqlalchemy::Uuid::random().text(); }

std::string between(std::string_view path, std::string_view begin, std::string_view end) {
  if (!path.starts_with(begin) || !path.ends_with(end) || path.size() <= begin.size() + end.size()) return {};
  const std::string part(path.substr(begin.size(), path.size() - begin.size() - end.size()));
  return part.find('/') == std::string::npos ? part : std::string();
}

}  // namespace prefect_parts

PrefectServer::PrefectServer(Version version)
    : version_(version),
      document_(std::string(PSA_PREFECT_DOCUMENTS) +
                (version == Version::v3_8 ? "/openapi-3.8.json" : "/openapi-2.14.json")),
      listener_([this](const ReceivedRequest& request) { return handle(request); }) {}

PrefectServer::~PrefectServer() { listener_.stop(); }

std::string PrefectServer::time(std::chrono::system_clock::time_point moment) const {
  std::string text = prefect_sqlalchemy::to_iso(
      prefect_sqlalchemy::TimestampTz{std::chrono::floor<std::chrono::microseconds>(moment)});
  text[10] = 'T';
  // The two versions write UTC differently.
  const auto zone = text.find_first_of("Z+", 19);
  return text.substr(0, zone) + (version_ == Version::v3_8 ? "Z" : "+00:00");
}

void PrefectServer::set_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}
void PrefectServer::fail_next(int count, std::string method, std::string path_part, SentAnswer answer) {
  const std::lock_guard lock(mutex_);
  script_.push_back({count, std::move(method), std::move(path_part), std::move(answer)});
}
void PrefectServer::slow_down(std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  delay_ = delay;
}
void PrefectServer::want_authorization(std::string header) {
  const std::lock_guard lock(mutex_);
  authorization_ = std::move(header);
}
void PrefectServer::want_csrf() {
  const std::lock_guard lock(mutex_);
  csrf_ = true;
}

PrefectServer::Problems PrefectServer::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}
std::vector<ReceivedRequest> PrefectServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

namespace {

std::string call_of(const ReceivedRequest& request) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f-]{27}");
  return request.method + " " +
         std::regex_replace(request.path.substr(std::min<std::size_t>(4, request.path.size())), uuid, "{id}");
}

}  // namespace

std::vector<std::string> PrefectServer::calls() const {
  std::vector<std::string> out;
  for (const ReceivedRequest& request : requests()) out.push_back(call_of(request));
  return out;
}
json::array PrefectServer::received(const std::string& call) const {
  json::array out;
  for (const ReceivedRequest& request : requests()) {
    if (call_of(request) == call)
      out.push_back(request.body.empty() ? json::value() : json::parse(request.body));
  }
  return out;
}

SentAnswer PrefectServer::handle(const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  if (!request.path.starts_with("/api/")) return detail_answer(404, "Not Found");
  const std::string path = request.path.substr(4);
  SentAnswer answer;
  if (auto first = scripted(request, path)) {
    answer = *std::move(first);
  } else if (auto no = refused(request, path)) {
    answer = *std::move(no);
  } else {
    const json::value body = request.body.empty() ? json::value() : json::parse(request.body);
    answer = route(request.method, path, request.query, body);
  }
  answer.delay += delay_;
  return answer;
}

std::optional<SentAnswer> PrefectServer::scripted(const ReceivedRequest& request, const std::string& path) {
  if (fault_) {
    if (auto answer = fault_(request)) return answer;
  }
  for (Scripted& each : script_) {
    if (each.left == 0 || each.method != request.method || path.find(each.path_part) == std::string::npos)
      continue;
    --each.left;
    return each.answer;
  }
  return std::nullopt;
}

std::optional<SentAnswer> PrefectServer::refused(const ReceivedRequest& request, const std::string& path) {
  const auto header = [&](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  };
  if (!authorization_.empty() && header("authorization") != authorization_) {
    return json_answer(401, object{{"exception_message", "Unauthorized"}});
  }
  if (path == "/csrf-token") {
    if (version_ == Version::v2_14) return detail_answer(404, "Not Found");
    if (!csrf_) return detail_answer(422, "CSRF protection is disabled.");
    csrf_token_ = new_uuid();
    return json_answer(
        200, object{{"token", csrf_token_}, {"client", request.query.substr(7)}, {"expiration", now()}});
  }
  if (csrf_ && request.method != "GET" && header("prefect-csrf-token") != csrf_token_) {
    return detail_answer(403, "Invalid CSRF token or client identifier.");
  }
  Problems found;
  json::value body;
  try {
    if (!request.body.empty()) body = json::parse(request.body);
    found = document_.problems(request.method, path, request.query, body);
  } catch (const std::exception& error) {
    found.push_back(std::string("the body is not JSON: ") + error.what());
  }
  if (const std::string given = header("x-prefect-api-version"); given < "0.8.0" || given.size() != 5) {
    found.push_back("the API version '" + given + "'");
  }
  if (!request.body.empty() && header("content-type") != "application/json")
    found.push_back("no JSON content type");
  if (found.empty()) return std::nullopt;
  json::array details;
  for (const std::string& problem : found) {
    problems_.push_back(request.method + " " + path + ": " + problem);
    details.push_back(object{{"loc", json::array{"body"}}, {"msg", problem}, {"input", body}});
  }
  return json_answer(422, object{{"exception_message", "Invalid request received."},
                                 {"exception_detail", std::move(details)},
                                 {"request_body", body}});
}

SentAnswer PrefectServer::route(const std::string& method, const std::string& path, const std::string& query,
                                const json::value& body) {
  static const Object none;
  const Object& held = body.is_object() ? body.get_object() : none;
  if (path == "/admin/version") return json_answer(200, version_ == Version::v3_8 ? "3.8.4.dev6" : "2.14.21");
  if (path.starts_with("/block_")) return blocks(method, path, query, held);
  if (path.starts_with("/deployments/") || path.starts_with("/work_pools/"))
    return deploying(method, path, held);
  return runs(method, path, query, body);
}

}  // namespace test_support
