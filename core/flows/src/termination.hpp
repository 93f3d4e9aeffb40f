#pragma once

#include <memory>

namespace prefect::detail {

class ActiveRun;

/// SIGTERM, as a Prefect worker sends it to end a run: while runs that a server decides about are under way,
/// and the program has no handler of its own, it asks them to stop, waits a little for them to end by
/// themselves, tells the server the end of those that have not, and then ends the process by that signal.
class Termination {
 public:
  /// Whether the process was asked to end.
  static bool requested() noexcept;
  /// Never returns once the process was asked to end. For the end of an outermost run: what follows it in the
  /// program must not end the process first, with another exit code.
  static void wait_if_requested();

  /// A run under way.
  class Entry {
   public:
    explicit Entry(const std::shared_ptr<ActiveRun>& run);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

   private:
    ActiveRun* const run_;
  };
};

}  // namespace prefect::detail
