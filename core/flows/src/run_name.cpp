#include "run_name.hpp"

#include <utility>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>

namespace prefect::detail {
namespace {

constexpr std::size_t name_limit = 200;  // leaves room for what limited() adds

std::string plain_text(const boost::json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : recorded_text(value);
}

std::string filled(const std::string& text, const boost::json::object& parameters) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) break;
    out.append(text, at, open - at);
    const auto* value = parameters.if_contains(text.substr(open + 1, close - open - 1));
    out += value ? plain_text(*value) : text.substr(open, close - open + 1);
    at = close + 1;
  }
  return out.append(text, at, std::string::npos);
}

}  // namespace

boost::json::object named_parameters(const RunSpec& spec, boost::json::array arguments) {
  boost::json::object named;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = i < spec.parameters.size() ? spec.parameters[i] : "arg" + std::to_string(i);
    named.emplace(name, std::move(arguments[i]));
  }
  return named;
}

std::string run_name(const RunSpec& spec, const boost::json::object& parameters) {
  if (const auto* function = std::get_if<1>(&spec.run_name)) {
    return *function ? limited((*function)(parameters), name_limit) : std::string();
  }
  return limited(without_url_passwords(filled(std::get<0>(spec.run_name), parameters)), name_limit);
}

}  // namespace prefect::detail
