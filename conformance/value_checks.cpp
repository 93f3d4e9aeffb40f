// SPDX-License-Identifier: Apache-2.0
//
// Types value for value, and texts: what the traits' statements answer.
#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"
#include "traits.hpp"

namespace psa_conformance {
namespace {

std::string text_of(const boost::json::object& entry, const char* key) {
  const auto* found = entry.if_contains(key);
  if (found == nullptr || !found->is_string())
    throw std::runtime_error(std::string("the traits' entry has no ") + key);
  return std::string(found->as_string());
}

void check_type(const boost::json::object& entry) {
  const Connection connection = open();
  if (entry.contains("before")) run(connection, text_of(entry, "before"));
  const std::string found = run(connection, text_of(entry, "sql")), wanted = text_of(entry, "get");
  require(found == wanted, "it is " + found + " instead of " + wanted);
}

constexpr const char* texts[] = {"",
                                 " ",
                                 "a",
                                 "\xC3\xA9\xC3\xA8 \xC3\x9F",                      // two bytes
                                 "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",           // three
                                 "\xF0\x9F\x8E\x89 \xF0\x9F\x91\xA9\xE2\x80\x8D",  // four, and a joiner
                                 "it's \"quoted\"",
                                 "line\nfeed\ttab"};

void check_literals() {
  const Connection connection = open();
  for (const std::string text : texts) {
    std::string quoted = text;
    for (std::size_t at = 0; (at = quoted.find('\'', at)) != quoted.npos; at += 2) quoted.insert(at, 1, '\'');
    const std::string found = run(connection, traits().statement("literal", {{"text", quoted}}));
    require(found == "text " + text, "the text '" + text + "' came back as " + found);
  }
}

void check_text_parameters() {
  const Connection connection = open();
  const Statement statement =
      prepare(connection, with_placeholders(connection.get(), traits().statement("echo_text")));
  for (const std::string text : texts) {
    const ParameterRows rows{{"text " + text}};
    const psa_execute with = rows.execute();
    const std::string found = rest(execute(statement, &with));
    require(found == "text " + text, "the text '" + text + "' came back as " + found);
  }
  const ParameterRows rows{{"null"}};
  const psa_execute with = rows.execute();
  require(rest(execute(statement, &with)) == "null", "NULL came back as something else", "L4");
}

constexpr int64_t large = int64_t{16} << 20;

void check_large_value() {
  const Connection connection = open();
  const Statement statement =
      prepare(connection, traits().statement("large_text", {{"size", std::to_string(large)}}));
  const Result result = execute(statement);
  std::string found;
  try_rest(result, [&](const Batch& batch) { found += batch.cell(0, 0); }).expect_ok("result_next");
  require(found.size() == large + 5 && found.find_first_not_of('x', 5) == found.npos,
          "a text of 16 MiB came back as one of " + std::to_string(found.size() - 5) + " bytes");
}

void check_large_parameter() {
  const Connection connection = open();
  const Statement statement =
      prepare(connection, with_placeholders(connection.get(), traits().statement("echo_size")));
  const ParameterRows rows{{"text " + std::string(large, 'x')}};
  const psa_execute with = rows.execute();
  const std::string found = rest(execute(statement, &with));
  require(found == "int64 " + std::to_string(large), "a parameter of 16 MiB has the length " + found);
}

}  // namespace

void add_type_checks(std::vector<Check>& checks, const Traits& traits) {
  const auto types = traits.group("types");
  for (const auto& [name, entry] : types)
    checks.push_back({"types", name, "R4", "gives " + name + " as it is",
                      [entry = entry] { check_type(entry); }, false,
                      entry.contains("cannot") ? text_of(entry, "cannot") : ""});
  if (types.empty())
    checks.push_back({"types", "all", "R4", "gives each type as it is",
                      [] { throw NotClaimed("the traits have no \"types\""); }});
}

void add_text_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"texts", name, rules, about, run});
  };
  add("literals", "L4", "gives UTF-8 and the empty text as they are", check_literals);
  add("parameters", "L4", "takes UTF-8, the empty text and NULL as they are", check_text_parameters);
  add("large-value", "R5", "gives a text of 16 MiB", check_large_value);
  add("large-parameter", "R1", "takes a text of 16 MiB", check_large_parameter);
}

}  // namespace psa_conformance
