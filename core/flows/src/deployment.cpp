#include <utility>

#include <boost/json/array.hpp>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/deployment.hpp>

#include "rest_messages.hpp"

namespace prefect {
namespace {

namespace json = boost::json;

std::shared_ptr<RestClient> deployment_server() {
  if (auto client = RestClient::current()) return client;
  throw SettingsError("deployments are made on a Prefect server, and none is named; set PREFECT_API_URL");
}

std::string id_of(const json::value& answer) {
  const json::object* const object = answer.if_object();
  return object ? detail::rest::text(*object, "id") : std::string();
}

/// Prefect 2 has other names for some fields.
bool is_prefect_2(RestClient& client) {
  try {
    const json::value version = client.get("/admin/version");
    return version.is_string() && version.get_string().starts_with("2");
  } catch (const PrefectServerError& error) {
    if (error.retryable()) throw;
    return false;  // Prefect Cloud does not tell
  }
}

json::object job_variables(const Deployment& deployment) {
  json::object out{{"command", deployment.command}};
  if (!deployment.working_directory.empty()) out["working_dir"] = deployment.working_directory;
  if (!deployment.environment.empty()) {
    json::object environment;
    for (const auto& [name, value] : deployment.environment) environment[name] = value;
    out["env"] = std::move(environment);
  }
  return out;
}

json::object cron_schedule(const Deployment& deployment) {
  json::object out{{"cron", *deployment.cron}};
  if (!deployment.timezone.empty()) out["timezone"] = deployment.timezone;
  return out;
}

}  // namespace

std::string create_deployment(const Deployment& deployment) {
  for (const auto& [value, what] : {std::pair(&deployment.flow_name, "a flow"),
                                    {&deployment.name, "a name"},
                                    {&deployment.work_pool, "a work pool"},
                                    {&deployment.command, "a command"}}) {
    if (value->empty()) throw prefect_sqlalchemy::ArgumentError(std::string("a deployment needs ") + what);
  }
  const auto client = deployment_server();
  const bool prefect_2 = is_prefect_2(*client);
  // Asked first, so that its absence is told in words.
  client->get("/work_pools/" + RestClient::escaped(deployment.work_pool));
  json::object body;
  body["flow_id"] = id_of(client->post("/flows/", json::object{{"name", deployment.flow_name}}));
  body["name"] = deployment.name;
  body["work_pool_name"] = deployment.work_pool;
  body["parameters"] = deployment.parameters;
  // The schema is the program's own matter, which checks what it is given.
  body["enforce_parameter_schema"] = false;
  json::array tags;
  for (const std::string& tag : deployment.tags) tags.emplace_back(tag);
  body["tags"] = std::move(tags);
  if (!deployment.description.empty()) body["description"] = deployment.description;
  body[prefect_2 ? "infra_overrides" : "job_variables"] = job_variables(deployment);
  if (deployment.cron && prefect_2) {
    body["schedule"] = cron_schedule(deployment);
    body["is_schedule_active"] = true;
  } else if (deployment.cron) {
    json::array schedules;
    schedules.push_back(json::object{{"schedule", cron_schedule(deployment)}, {"active", true}});
    body["schedules"] = std::move(schedules);
  }
  return id_of(client->post("/deployments/", body));
}

std::string run_deployment(const std::string& deployment_id, const json::object& parameters) {
  return id_of(
      deployment_server()->post("/deployments/" + RestClient::escaped(deployment_id) + "/create_flow_run",
                                json::object{{"parameters", parameters}}));
}

}  // namespace prefect
