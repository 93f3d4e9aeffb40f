#include <algorithm>
#include <cstdlib>
#include <memory>

#include <boost/json/serialize.hpp>
#include <cxxabi.h>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>

namespace prefect::detail {

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name ? std::string(name.get()) : std::string(type.name());
}

std::string limited(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "... (" + std::to_string(text.size()) + " bytes)";
}

std::string without_url_passwords(std::string text) {
  constexpr std::string_view stop = " \t\r\n\"'<>";
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(text.find_first_of(stop, at), text.size());
    // The last @: a password that was not percent-encoded may hold one.
    const std::size_t host = text.rfind('@', end == 0 ? 0 : end - 1);
    const std::size_t colon = text.find(':', at);
    if (host == std::string::npos || host < at || colon == std::string::npos || colon > host) continue;
    text.replace(colon + 1, host - colon - 1, "***");
  }
  return text;
}

std::string recorded_text(const boost::json::value& value) {
  std::string text = without_url_passwords(boost::json::serialize(value));
  if (text.size() <= recorded_text_limit) return text;
  return boost::json::serialize(boost::json::value(limited(text)));
}

}  // namespace prefect::detail
