// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace psa_conformance {

/// What differs from database to database: statements, and what they answer. Read from a JSON file;
/// docs/conformance.md describes it. A check whose statement a file does not name is "not claimed".
class Traits {
 public:
  /// No file: nothing but SQL that every database knows.
  Traits() = default;
  /// Reads the file, and the one that it extends, beside it.
  /// @throws std::runtime_error  naming the file and what is wrong with it
  static Traits read(const std::filesystem::path& file);

  /// The text at a key, its `{name}` replaced.
  /// @throws NotClaimed  the file has no such key
  std::string statement(std::string_view key,
                        std::initializer_list<std::pair<std::string_view, std::string>> replaced = {}) const;
  /// Whether there is one; the empty text is none, so that a file can leave out what the one it extends has.
  bool has(std::string_view key) const;
  /// The entries of a group ("types", "parameters", "errors"), in the file's order.
  std::vector<std::pair<std::string, boost::json::object>> group(std::string_view key) const;
  /// Options that make waiting for a lock long, for the checks that end the wait.
  std::vector<std::pair<std::string, std::string>> lock_options() const;
  /// Why the check cannot pass, where the file excuses it.
  std::optional<std::string> excuse(const std::string& full_name) const;
  /// The names of all excused checks: one that is no check's name is a mistake.
  std::vector<std::string> excused() const;

 private:
  const boost::json::value* find(std::string_view key) const;

  boost::json::object entries_;
};

/// `text` with each `{name}` replaced.
std::string replace(std::string text,
                    std::initializer_list<std::pair<std::string_view, std::string>> replaced);

}  // namespace psa_conformance
