#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace psa_cli {

/// "1 row", "12,345 rows".
std::string counted(std::int64_t rows);

/// A line on standard error that says how far a long operation is; only where that is a terminal, and not
/// before half a second.
class Progress {
 public:
  /// @param verb   "read", "copied"
  /// @param total  rows expected, for a bar; -1: unknown
  explicit Progress(std::string verb, std::int64_t total = -1);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void update(std::int64_t rows);
  /// Takes the line off, so that something else can be written.
  void clear();
  /// The same, if standard output goes to the terminal too.
  void clear_if_shared() {
    if (shared_) clear();
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(std::int64_t rows, double seconds) const;

  std::string verb_;
  std::int64_t total_;
  bool on_;
  bool shared_;
  bool shown_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace psa_cli
