#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect {

/// How Prefect starts a program for a flow: a process work pool's worker runs its command.
struct Deployment {
  std::string flow_name;  ///< as in prefect::flow(...)
  std::string name;       ///< of the deployment
  std::string work_pool;
  /// What the worker runs, split as a shell would but run by none: "/opt/app/customers --verbose". The
  /// program must be there on the worker's machine.
  std::string command;
  boost::json::object parameters = {};  ///< of runs that give none of their own
  std::vector<std::string> tags = {};
  std::string description = {};
  std::string working_directory = {};                   ///< empty: a new temporary folder for each run
  std::map<std::string, std::string> environment = {};  ///< beside the worker's own
  std::optional<std::string> cron = std::nullopt;       ///< "0 6 * * *": a schedule
  std::string timezone = {};                            ///< of the schedule; empty: UTC
};

/// Creates a deployment on the Prefect server that the settings name, or changes the one of that flow and
/// name. The flow itself is made if the server does not know it yet. @return the deployment's id
/// @throws ArgumentError       flow, name, work pool or command is empty
/// @throws SettingsError       no server is named
/// @throws PrefectServerError  also where the work pool is not there
PREFECT_SQLALCHEMY_API std::string create_deployment(const Deployment& deployment);

/// Starts a run of a deployment, as "Quick run" does in the UI.
/// @param parameters  go before the deployment's own
/// @return the flow run's id
PREFECT_SQLALCHEMY_API std::string run_deployment(const std::string& deployment_id,
                                                  const boost::json::object& parameters = {});

}  // namespace prefect
