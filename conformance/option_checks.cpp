// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <span>

#include <psa/sdk/text.hpp>

#include "driver_calls.hpp"

namespace psa_conformance {
namespace {

// Stepped by the driver's own element size.
std::vector<psa_option_info> listed() {
  std::vector<psa_option_info> out;
  const auto* at = reinterpret_cast<const unsigned char*>(table().options);
  require(table().option_count == 0 || (at != nullptr && table().option_size >= sizeof(psa_option_info)),
          "it has options and no list of them, or option_size is too small", "O1");
  for (uint64_t i = 0; i < table().option_count; ++i, at += table().option_size)
    out.push_back(*reinterpret_cast<const psa_option_info*>(at));
  return out;
}

bool takes_any(const std::vector<psa_option_info>& options) {
  return std::any_of(options.begin(), options.end(),
                     [](const psa_option_info& each) { return (each.flags & PSA_OPTION_ANY) != 0; });
}

psa_option typed(const psa_option_info& info, uint32_t type, std::string_view text, uint32_t flags) {
  psa_option option{PSA_INIT(psa_option)};
  option.type = type;
  option.flags = flags;
  option.name = info.name;
  option.text = psa::c_text(text);
  return option;
}

std::string name_of(const psa_option_info& info) { return std::string(psa::view(info.name)); }

void check_list() {
  std::set<std::string> names;
  for (const auto& each : listed()) {
    const std::string name = name_of(each);
    require(!name.empty(), "an option has no name");
    require(names.insert(name).second, "the option " + name + " is listed twice");
    require(each.struct_size >= sizeof(psa_option_info),
            "the option " + name + " has a struct_size that is too small", "L1");
    require(each.type >= PSA_TYPE_TEXT && each.type <= PSA_TYPE_BOOL, "the option " + name + " has no type");
    require(psa::has_value(each.description) && each.description.size > 0,
            "the option " + name + " has no description");
    require((each.flags & PSA_OPTION_ANY) == 0 || name == "*",
            "the option " + name + " is not \"*\" and takes any");
    if (psa::has_value(each.default_value) && psa::has_value(each.choices)) {
      const std::string choices = "|" + std::string(psa::view(each.choices)) + "|";
      require(choices.find("|" + std::string(psa::view(each.default_value)) + "|") != choices.npos,
              "the default of " + name + " is none of its choices");
    }
  }
}

void expect_refused(const psa_option& option, const std::string& what, const std::string& rule) {
  Connection connection;
  const Answer answer = try_new(connection, {.options = {option}});
  answer.expect(PSA_INVALID_ARGUMENT, what, rule);
}

void check_unknown() {
  const auto options = listed();
  if (takes_any(options)) throw NotClaimed("it takes options of any name");
  expect_refused(url_option("psa_conformance_none", "1"), "an unknown option", "O2");
  for (const auto& each : options) {
    const std::string name = name_of(each);
    if (name.size() < 6) continue;
    const std::string misspelt = name.substr(0, name.size() - 1) + "Q";
    Connection connection;
    const Answer answer = try_new(connection, {.options = {url_option(misspelt, "1")}});
    answer.expect(PSA_INVALID_ARGUMENT, "the unknown option " + misspelt, "O2");
    const std::string words = answer.error.message + answer.error.hint + answer.error.detail;
    require(words.find(name) != words.npos, "the refusal of " + misspelt + " does not name " + name);
    break;
  }
}

void check_wrong_types() {
  int checked = 0;
  for (const auto& each : listed()) {
    const std::string name = name_of(each);
    if ((each.flags & PSA_OPTION_ANY) != 0) continue;
    ++checked;
    const uint32_t other = each.type == PSA_TYPE_TEXT ? PSA_TYPE_INT64 : PSA_TYPE_TEXT;
    expect_refused(typed(each, other, "1", 0), "the option " + name + " with a value of another type", "O3");
    if (each.type != PSA_TYPE_TEXT)
      expect_refused(typed(each, PSA_TYPE_TEXT, "neither", PSA_OPTION_FROM_URL),
                     "the option " + name + " with text that cannot be read", "O3");
    if (psa::has_value(each.choices) && each.type == PSA_TYPE_TEXT)
      expect_refused(typed(each, PSA_TYPE_TEXT, "psa_conformance_none", PSA_OPTION_FROM_URL),
                     "the option " + name + " with a value that is no choice", "O3");
  }
  if (checked == 0) throw NotClaimed("it has no options");
}

void check_defaults() {
  int checked = 0;
  for (const auto& each : listed()) {
    if (!psa::has_value(each.default_value) || each.type == PSA_TYPE_TEXT) continue;
    ++checked;
    Connection connection;
    const std::string text(psa::view(each.default_value));
    try_new(connection, {.options = {typed(each, PSA_TYPE_TEXT, text, PSA_OPTION_FROM_URL)}})
        .expect_ok("the option " + name_of(each) + " with its default as a URL's text");
  }
  if (checked == 0) throw NotClaimed("no option with a default is a number or a truth value");
}

void check_secrets() {
  static const std::string secret = "psa-conformance-5ecret";
  const auto keeps = [](const Answer& answer) {
    const auto& error = answer.error;
    for (const auto* text : {&error.message, &error.detail, &error.hint, &error.context})
      require(text->find(secret) == text->npos,
              "a report holds the password that was given: " + status_name(answer.status));
  };
  const auto with_password = [](psa_connection_args& args) { args.password = psa::c_text(secret); };
  Connection connection;
  const Answer made = try_new(connection, {.change = with_password});
  keeps(made);
  if (made.ok()) keeps(connect(connection, now() + 20 * second));
  // Refused for another reason.
  Connection refused;
  keeps(try_new(refused, {.options = {url_option("psa_conformance_none", "1")}, .change = with_password}));
  for (const auto& each : listed()) {
    if ((each.flags & PSA_OPTION_SECRET) == 0) continue;
    Connection other;
    const Answer answer = try_new(other, {.options = {url_option(psa::view(each.name), secret)}});
    keeps(answer);
    if (answer.ok()) keeps(connect(other, now() + 20 * second));
  }
}

}  // namespace

void add_option_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"options", name, rules, about, run});
  };
  add("list", "O1", "lists its options with name, type, default and description", check_list);
  add("unknown", "O2", "refuses an unknown option before anything is sent, and names the nearest",
      check_unknown);
  add("types", "O3", "refuses values of a wrong type, or that are no choice", check_wrong_types);
  add("text-of-a-url", "O3", "reads a URL's text as the declared type", check_defaults);
  add("secrets", "E3", "repeats no password and no secret option in a report", check_secrets);
}

}  // namespace psa_conformance
