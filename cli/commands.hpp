#pragma once

#include <stdexcept>

namespace CLI {
class App;
}

/// The psa command. Each command adds itself to the application, and runs while the arguments are parsed.
namespace psa_cli {

/// Exit codes: 0 all went well, and these.
constexpr int exit_failure = 1;  ///< the database, the store or the driver failed
constexpr int exit_usage = 2;    ///< the command was called wrongly

/// The command was called wrongly; the text says how.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something failed, and all that is to be said has been written.
struct Failed {};

void add_query_command(CLI::App& app);
void add_tables_command(CLI::App& app);
void add_describe_command(CLI::App& app);
void add_copy_command(CLI::App& app);
void add_block_command(CLI::App& app);
void add_runs_command(CLI::App& app);
void add_deploy_command(CLI::App& app);
void add_drivers_command(CLI::App& app);
void add_doctor_command(CLI::App& app);
/// Last: it knows what was added before.
void add_completion_command(CLI::App& app);

}  // namespace psa_cli
