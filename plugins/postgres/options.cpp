// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <deque>

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

namespace psa::postgres {
namespace {

struct Described {
  std::string_view name;
  uint32_t type;
  std::string_view choices;
  std::string_view description;
};

// What is worth more words than libpq's label; the rest is taken as the library lists it.
constexpr Described described[] = {
    {"host", PSA_TYPE_TEXT, "", "server name, address or socket folder; several separated by commas"},
    {"hostaddr", PSA_TYPE_TEXT, "", "numeric address of the server: host is not looked up then"},
    {"port", PSA_TYPE_TEXT, "", "TCP port; one for each host, or one for all"},
    {"connect_timeout", PSA_TYPE_INT64, "",
     "seconds to wait while connecting, for all hosts together; 0 waits for ever"},
    {"application_name", PSA_TYPE_TEXT, "", "name of this session in the server's lists"},
    {"client_encoding", PSA_TYPE_TEXT, "utf8|utf-8|unicode",
     "always UTF-8, whatever the database's encoding is"},
    {"options", PSA_TYPE_TEXT, "", "command-line options for the session, '-c name=value'"},
    {"service", PSA_TYPE_TEXT, "", "entry of the service file that holds further options"},
    {"passfile", PSA_TYPE_TEXT, "", "file with passwords"},
    {"sslmode", PSA_TYPE_TEXT, "disable|allow|prefer|require|verify-ca|verify-full",
     "whether and how TLS is used"},
    {"sslrootcert", PSA_TYPE_TEXT, "", "file with the certificates of trusted authorities"},
    {"sslcert", PSA_TYPE_TEXT, "", "file with the client's certificate"},
    {"sslkey", PSA_TYPE_TEXT, "", "file with the client's private key"},
    {"target_session_attrs", PSA_TYPE_TEXT, "any|read-write|read-only|primary|standby|prefer-standby",
     "which of several servers will do"},
    {"keepalives", PSA_TYPE_INT64, "", "1 to use TCP keepalives, 0 not to"},
    {"keepalives_idle", PSA_TYPE_INT64, "", "seconds without traffic until a keepalive is sent"},
    {"keepalives_interval", PSA_TYPE_INT64, "", "seconds between keepalives"},
    {"keepalives_count", PSA_TYPE_INT64, "", "keepalives that may be lost"},
    {"tcp_user_timeout", PSA_TYPE_INT64, "", "milliseconds that sent data may stay unacknowledged"},
    {"user", PSA_TYPE_TEXT, "", "user name; better given in the URL"},
    {"password", PSA_TYPE_TEXT, "", "password; better given in the URL"},
    {"dbname", PSA_TYPE_TEXT, "", "database; better given in the URL"},
};

// Not for users: what the driver itself sets, and what would change what it reads.
constexpr std::array<std::string_view, 3> hidden = {"fallback_application_name", "replication", "authtype"};

// Texts that libpq gave, for as long as the process lives.
std::vector<psa_option_info> list_options(std::deque<std::string>& texts) {
  std::vector<psa_option_info> list;
  PQconninfoOption* const all = PQconndefaults();
  for (const PQconninfoOption* option = all; option != nullptr && option->keyword != nullptr; ++option) {
    if (std::find(hidden.begin(), hidden.end(), option->keyword) != hidden.end()) continue;
    const auto keep = [&](const char* text) {
      return std::string_view(texts.emplace_back(text == nullptr ? "" : text));
    };
    const bool secret = *option->dispchar == '*';
    psa_option_info info = option_info(keep(option->keyword), PSA_TYPE_TEXT, {}, {}, keep(option->label),
                                       secret ? PSA_OPTION_SECRET : 0);
    for (const Described& known : described) {
      if (known.name != option->keyword) continue;
      info = option_info(known.name, known.type, {}, known.choices, known.description, info.flags);
    }
    list.push_back(info);
  }
  PQconninfoFree(all);
  return list;
}

std::string text_of(const psa_string& given, const char* what) {
  if (view(given).find('\0') != std::string_view::npos)
    throw invalid_argument(std::string("the ") + what + " contains a NUL character");
  return std::string(view(given));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

// "name:5433", as SQLAlchemy's URLs have it in several host options.
Host host_with_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.starts_with('/')) return {std::string(text), "", ""};
  if (text.find(':') != colon) {  // IPv6: a port only behind brackets
    if (!text.starts_with('[')) return {std::string(text), "", ""};
    const size_t close = text.find(']');
    return {std::string(text.substr(1, close - 1)), "",
            close < colon ? std::string(text.substr(colon + 1)) : std::string()};
  }
  return {std::string(text.substr(0, colon)), "", std::string(text.substr(colon + 1))};
}

void read_hosts(const psa_connection_args& args, const Options& options, Settings& settings) {
  const auto* address = reinterpret_cast<const unsigned char*>(args.addresses);
  for (uint64_t i = 0; i < args.address_count; ++i, address += args.address_size) {
    const auto& from = *reinterpret_cast<const psa_address*>(address);
    settings.hosts.push_back(
        {text_of(from.host, "host"), "", from.port == 0 ? std::string() : std::to_string(from.port)});
  }
  std::vector<Host> named;
  const auto* option = reinterpret_cast<const unsigned char*>(args.options);
  for (uint64_t i = 0; i < args.option_count; ++i, option += args.option_size) {
    const auto& from = *reinterpret_cast<const psa_option*>(option);
    if (view(from.name) != "host") continue;
    for (const std::string& part : split(view(from.text))) named.push_back(host_with_port(part));
  }
  // A URL like postgresql://:5433/db has a port and no host; that of an option completes it.
  const bool only_port = settings.hosts.size() == 1 && settings.hosts[0].name.empty();
  if (!named.empty()) {
    if (!settings.hosts.empty() && !only_port)
      throw invalid_argument("the host is given both in the URL and as the option 'host'")
          .with_hint("give it once");
    const std::string port = only_port ? settings.hosts[0].port : "";
    settings.hosts = std::move(named);
    for (Host& host : settings.hosts)
      if (host.port.empty()) host.port = port;
  }
  if (const auto addresses = options.text("hostaddr")) {
    const std::vector<std::string> parts = split(*addresses);
    if (settings.hosts.empty()) settings.hosts.resize(parts.size());
    if (settings.hosts.size() != parts.size())
      throw invalid_argument("the option 'hostaddr' has another number of entries than there are hosts");
    for (size_t i = 0; i < parts.size(); ++i) settings.hosts[i].address = parts[i];
  }
  if (const auto ports = options.text("port")) {
    const std::vector<std::string> parts = split(*ports);
    if (settings.hosts.empty()) settings.hosts.resize(parts.size());
    if (parts.size() != 1 && parts.size() != settings.hosts.size())
      throw invalid_argument("the option 'port' has another number of entries than there are hosts");
    for (size_t i = 0; i < settings.hosts.size(); ++i) {
      if (!settings.hosts[i].port.empty())
        throw invalid_argument("the port is given both in the URL and as the option 'port'")
            .with_hint("give it once");
      settings.hosts[i].port = parts[parts.size() == 1 ? 0 : i];
    }
  }
  for (const Host& host : settings.hosts) {
    int port = 1;
    const auto [end, code] = std::from_chars(host.port.data(), host.port.data() + host.port.size(), port);
    if (!host.port.empty() &&
        (code != std::errc() || end != host.port.data() + host.port.size() || port < 1 || port > 65535))
      throw invalid_argument("a port must be a number from 1 to 65535");
    if (host.name.find(',') != std::string::npos) throw invalid_argument("a host name contains a comma");
  }
}

}  // namespace

std::span<const psa_option_info> known_options() {
  static std::deque<std::string> texts;
  static const std::vector<psa_option_info> list = list_options(texts);
  return list;
}

Settings read_settings(const psa_connection_args& args) {
  const Options options(known_options(), args);
  Settings settings;
  settings.nonblocking = (args.flags & PSA_CONNECTION_NONBLOCKING) != 0;
  const auto part = [&](const char* keyword, const psa_string& given, const char* what) {
    std::string text = text_of(given, what);
    if (const auto option = options.text(keyword)) {
      if (!text.empty())
        throw invalid_argument(std::string("the ") + what + " is given both in the URL and as the option '" +
                               keyword + "'")
            .with_hint("give it once");
      text = *option;
      if (text.find('\0') != std::string::npos)
        throw invalid_argument(std::string("the ") + what + " contains a NUL character");
    }
    if (!text.empty()) settings.keywords.emplace_back(keyword, std::move(text));
  };
  part("user", args.username, "user name");
  part("password", args.password, "password");
  part("dbname", args.database, "database");
  read_hosts(args, options, settings);
  for (const psa_option_info& info : known_options()) {
    const std::string_view name = view(info.name);
    constexpr std::array<std::string_view, 8> done = {
        "user", "password", "dbname", "host", "port", "hostaddr", "client_encoding", "connect_timeout"};
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    std::string text;
    if (info.type == PSA_TYPE_INT64) {
      const auto number = options.integer(name);
      if (!number) continue;
      text = std::to_string(*number);
    } else {
      const auto given = options.text(name);
      if (!given) continue;
      text = *given;
      if (text.find('\0') != std::string::npos)
        throw invalid_argument("option '" + std::string(name) + "' contains a NUL character");
    }
    settings.keywords.emplace_back(name, std::move(text));
  }
  settings.keywords.emplace_back("client_encoding", "UTF8");
  const std::string_view application = view(args.application_name);
  settings.keywords.emplace_back("fallback_application_name",
                                 application.empty() ? "prefect-sqlalchemy" : std::string(application));
  int64_t seconds = 0;
  if (const char* from_environment = std::getenv("PGCONNECT_TIMEOUT")) seconds = std::atoll(from_environment);
  seconds = options.integer("connect_timeout").value_or(seconds);
  settings.connect_timeout = std::clamp<int64_t>(seconds, 0, 1'000'000'000) * 1'000'000'000;
  return settings;
}

bool needs_lookup(const std::string& host) {
  if (host.empty() || host.front() == '/' || host.front() == '@') return false;
  std::array<unsigned char, sizeof(in6_addr)> address;
  if (inet_pton(AF_INET, host.c_str(), address.data()) == 1) return false;
  const std::string without_zone = host.substr(0, host.find('%'));
  return inet_pton(AF_INET6, without_zone.c_str(), address.data()) != 1;
}

}  // namespace psa::postgres
