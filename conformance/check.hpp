// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace psa_conformance {

/// One thing that a driver is asked to do. Runs in a process of its own; returning means that it passes.
struct Check {
  std::string area;   ///< "cancel"
  std::string name;   ///< "running-statement"
  std::string rules;  ///< of docs/abi.md, "C3" or "C2 C3"; the first is the one it fails on
  std::string about;  ///< what a good driver does, as a sentence without its subject
  std::function<void()> run;
  /// The process ends as a program ends, its static objects being destroyed.
  bool ends_the_process = false;
  std::string excuse = {};  ///< why it is not run, where the traits say that it cannot pass

  std::string full_name() const { return area + "." + name; }
};

/// The driver breaks a rule.
class Failed : public std::runtime_error {
 public:
  /// @param rule  where it is another than the check's first
  explicit Failed(const std::string& text, std::string rule = "")
      : std::runtime_error(text), rule_(std::move(rule)) {}
  const std::string& rule() const noexcept { return rule_; }

 private:
  std::string rule_;
};

/// The driver does not claim what the check is about, or the traits have nothing to check it with.
class NotClaimed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const std::string& otherwise, const std::string& rule = "") {
  if (!holds) throw Failed(otherwise, rule);
}

class Traits;

// The areas, in the order of the report. Each adds its checks.
void add_binary_checks(std::vector<Check>& checks);
void add_option_checks(std::vector<Check>& checks);
void add_connection_checks(std::vector<Check>& checks);
void add_capability_checks(std::vector<Check>& checks);
void add_statement_checks(std::vector<Check>& checks);
void add_result_checks(std::vector<Check>& checks);
void add_type_checks(std::vector<Check>& checks, const Traits& traits);
void add_text_checks(std::vector<Check>& checks);
void add_parameter_checks(std::vector<Check>& checks, const Traits& traits);
void add_transaction_checks(std::vector<Check>& checks);
void add_savepoint_checks(std::vector<Check>& checks);
void add_error_checks(std::vector<Check>& checks, const Traits& traits);
void add_cancel_checks(std::vector<Check>& checks);
void add_deadline_checks(std::vector<Check>& checks);
void add_lifetime_checks(std::vector<Check>& checks);
void add_thread_checks(std::vector<Check>& checks);
void add_nonblocking_checks(std::vector<Check>& checks);
void add_metadata_checks(std::vector<Check>& checks);
void add_ingest_checks(std::vector<Check>& checks);
void add_leak_checks(std::vector<Check>& checks);

}  // namespace psa_conformance
