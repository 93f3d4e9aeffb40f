#pragma once

#include <optional>
#include <string>
#include <vector>

#include "program.hpp"
#include "temporary_folder.hpp"

namespace test_support {

/// What a run of psa left behind.
struct PsaRun {
  int exit_code = -1;
  std::string out;
  std::string err;
  long peak_kib = 0;  ///< resident memory at its highest
};

/// The built psa command, with a home of its own.
class PsaCommand {
 public:
  PsaCommand();

  const std::filesystem::path& folder() const { return folder_.path(); }
  /// A database file in the folder.
  std::string sqlite_url(const std::string& name = "test.db") const {
    return "sqlite:///" + (folder() / name).string();
  }
  /// A variable for the runs that follow; std::nullopt unsets it.
  void set(const std::string& name, const std::optional<std::string>& value) { environment_[name] = value; }

  PsaRun run(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// The same of another program, in the same environment.
  PsaRun run_program(const std::string& program, const std::vector<std::string>& arguments,
                     const std::string& input = "") const;
  /// Standard output of a run that must go well.
  std::string output(const std::vector<std::string>& arguments, const std::string& input = "") const;

  struct Terminal {
    int columns = 80;
    bool only_stderr = false;  ///< standard output goes elsewhere
    std::string typed = {};    ///< once something is asked
    std::string until = {};    ///< the run is ended when the terminal shows this
  };
  /// Runs it on a terminal of its own. @return what the terminal showed, as err too
  PsaRun run_on(const Terminal& terminal, const std::vector<std::string>& arguments) const;

 private:
  TemporaryFolder folder_;
  Program::Environment environment_;
};

}  // namespace test_support
