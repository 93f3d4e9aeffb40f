#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

namespace prefect_sqlalchemy {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void append_percent(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', digits[byte >> 4], digits[byte & 15]};
}

/// All but letters, digits, "_.-~" and `safe`.
std::string percent_encode(std::string_view text, std::string_view safe) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view("_.-~").find(c) != npos || safe.find(c) != npos) {
      out += c;
    } else {
      append_percent(out, c);
    }
  }
  return out;
}

std::string form_encode(std::string_view text) {
  std::string out = percent_encode(text, " ");
  std::replace(out.begin(), out.end(), ' ', '+');
  return out;
}

/// A '%' that two hexadecimal digits do not follow stands for itself, as in Python's unquote.
std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string form_decode(std::string_view text) {
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  return percent_decode(blanks);
}

// What is wrong is told by rule and position, never by the text found there: behind a forgotten or
// unencoded '@' a password stands where the host or port is expected. Empty: nothing is wrong.

std::string problem_of_drivername(std::string_view name) {
  if (name.empty()) return "no driver name stands before '://', as \"sqlite\" does in sqlite:///file.db";
  const auto allowed = [](char c) { return is_alphanumeric(c) || std::string_view("_.+-").find(c) != npos; };
  if (std::all_of(name.begin(), name.end(), allowed)) return {};
  return "the driver name, before '://', may hold letters, digits, '_', '.', '+' and '-' only";
}

std::string problem_of_port(std::string_view text, std::uint16_t& port) {
  if (text.find(':') != npos) {
    return ": more than one ':'; IPv6 addresses are written in brackets, [::1]:5432, and a ':' in a user "
           "name as %3A";
  }
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (status == std::errc{} && end == text.data() + text.size() && port != 0) return {};
  return ": a number from 1 to 65535 is expected behind ':'; if this was meant to be a password, '@' and the "
         "host are missing behind it";
}

/// Hosts with ports, separated by commas. An empty text is no host.
std::string parse_hosts(std::string_view text, std::vector<UrlHost>& hosts) {
  while (!text.empty() || !hosts.empty()) {
    UrlHost& host = hosts.emplace_back();
    const std::string place = " of host " + std::to_string(hosts.size());
    std::size_t end = std::min(text.find_first_of(":,"), text.size());
    if (text.starts_with('[')) {
      const std::size_t close = text.find(']');
      if (close == npos || close == 1) return "invalid address" + place + ": '[' needs an address and ']'";
      host.host = text.substr(1, close - 1);
      end = close + 1;
      if (end < text.size() && text[end] != ':' && text[end] != ',') {
        return "invalid address" + place + ": text between ']' and the port";
      }
    } else if (text.substr(0, end).find_first_of("@[]") != npos) {
      return "invalid name" + place +
             ": it holds '@', '[' or ']'; an '@' in a user name or password is written %40";
    } else {
      host.host = percent_decode(text.substr(0, end));
    }
    text.remove_prefix(end);
    if (text.starts_with(':')) {
      const auto port = text.substr(1, text.find(',') - 1);
      if (auto problem = problem_of_port(port, host.port); !problem.empty())
        return "invalid port" + place + problem;
      text.remove_prefix(1 + port.size());
    }
    if (host == UrlHost{}) return "invalid name" + place + ": it is empty";
    if (text.empty()) break;
    text.remove_prefix(1);
  }
  return {};
}

/// Where the '@' behind user and password is, npos without one. The user name goes to the first ':', the
/// password to the first '@' behind that; without a password the last '@' counts.
std::size_t end_of_user(std::string_view text) {
  const std::size_t colon = text.find_first_of(":/");
  if (colon != npos && text[colon] == ':') {
    if (const std::size_t at = text.find('@', colon); at != npos) return at;
  }
  return text.substr(0, colon).rfind('@');
}

std::string parse_user(std::string_view& text, URL& url) {
  const std::size_t at = end_of_user(text);
  if (at == npos) return {};
  const std::size_t path = text.find_first_of("/?");
  if (path < at) {
    // SQLAlchemy takes "host:5432/db?email=a@b" for a user with a long password and would look for host b.
    const auto authority = text.substr(0, path);
    std::vector<UrlHost> hosts;
    if (parse_hosts(authority.substr(authority.rfind('@') + 1), hosts).empty()) {
      return "an '@' behind the first '/' or '?' leaves open what the user name is; in the query it is "
             "written "
             "%40, and in a user name or password '/' is written %2F and '?' %3F";
    }
  }
  const auto user = text.substr(0, at);
  const std::size_t colon = user.find(':');
  url.username = percent_decode(user.substr(0, colon));
  if (colon != npos) url.password = Secret(percent_decode(user.substr(colon + 1)));
  text.remove_prefix(at + 1);
  return {};
}

void parse_query(std::string_view text, URL& url) {
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto value = equals == pair.size() ? std::string_view() : pair.substr(equals + 1);
    url.query.emplace_back(form_decode(pair.substr(0, equals)), form_decode(value));
  }
}

std::string parse(std::string_view text, URL& url) {
  const std::size_t colon = text.find("://");
  if (colon == npos) return "there is no '://' behind a driver name, as in sqlite:///file.db";
  url.drivername = text.substr(0, colon);
  if (auto problem = problem_of_drivername(url.drivername); !problem.empty()) return problem;
  text.remove_prefix(colon + 3);
  if (auto problem = parse_user(text, url); !problem.empty()) return problem;
  const auto hosts = text.substr(0, text.find_first_of("/?"));
  if (auto problem = parse_hosts(hosts, url.hosts); !problem.empty()) return problem;
  text.remove_prefix(hosts.size());
  if (text.starts_with('/')) {
    url.database = text.substr(1, text.find('?') - 1);
    text.remove_prefix(1 + url.database->size());
  }
  if (text.starts_with('?')) parse_query(text.substr(1), url);
  return {};
}

std::string rendered_host(const UrlHost& host) {
  std::string out;
  if (host.host.find(':') != npos && host.host.find_first_of("/?@,[]") == npos) {
    out = '[' + host.host + ']';
  } else {
    for (const char c : host.host) {
      if (std::string_view("/?@,:[]%").find(c) == npos) {
        out += c;
      } else {
        append_percent(out, c);
      }
    }
  }
  return host.port == 0 ? out : out + ':' + std::to_string(host.port);
}

bool holds_secret(std::string_view key, std::string_view value) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  };
  constexpr std::array<std::string_view, 6> words = {"password",   "passwd", "pwd",
                                                     "passphrase", "secret", "token"};
  const auto names_one = [&](const std::string& text) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != npos; });
  };
  const std::string lower_key = lower(key);
  // The value may be a connection string of its own, as in odbc_connect=DRIVER=...;PWD=...
  return names_one(lower_key) || lower_key.ends_with("key") ||
         (value.find('=') != npos && names_one(lower(value)));
}

}  // namespace

URL URL::create(URL parts) {
  std::string problem = problem_of_drivername(parts.drivername);
  for (std::size_t i = 0; problem.empty() && i < parts.hosts.size(); ++i) {
    if (parts.hosts[i] == UrlHost{}) problem = "host " + std::to_string(i + 1) + " has neither name nor port";
  }
  if (!problem.empty()) throw ArgumentError("Could not make a database URL: " + problem);
  return parts;
}

std::string URL::dialect() const { return drivername.substr(0, drivername.find('+')); }

std::string URL::render(bool hide_password) const {
  constexpr std::string_view hidden = "***";
  std::string out = drivername + "://";
  if (username || password) {
    out += percent_encode(username.value_or(""), " +");
    if (password) {
      out += ':';
      out += hide_password ? std::string(hidden) : percent_encode(password->reveal(), " +");
    }
    out += '@';
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) out += (i == 0 ? "" : ",") + rendered_host(hosts[i]);
  if (database) out += '/' + *database;
  char separator = '?';
  for (const auto& [key, value] : query) {
    out += separator + form_encode(key) + '=';
    out += hide_password && holds_secret(key, value) ? std::string(hidden) : form_encode(value);
    separator = '&';
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const URL& url) { return out << url.render(); }

URL make_url(std::string_view text) {
  URL url;
  if (const std::string problem = parse(text, url); !problem.empty()) {
    throw ArgumentError("Could not parse SQLAlchemy URL from given URL string: " + problem);
  }
  return url;
}

}  // namespace prefect_sqlalchemy
