#include <cstdlib>
#include <mutex>
#include <utility>

#include <boost/json/array.hpp>

#include <prefect_sqlalchemy/blocks/block_fields.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/flow_parameters.hpp>

#include "active_run.hpp"
#include "rest_messages.hpp"

namespace prefect::detail {
namespace {

namespace json = boost::json;

constexpr const char* run_variable = "PREFECT__FLOW_RUN_ID";

struct Deployed {
  std::mutex mutex;
  std::string id;  // the variable's value, when it was looked up
  std::string flow_name;
  std::shared_ptr<TakenRun> run;  // until it is taken
};

Deployed& deployed() {
  static auto* const only = new Deployed;
  return *only;
}

void look_up(Deployed& known, const std::string& id) {
  const auto client = RestClient::current();
  if (!client) {
    throw SettingsError(std::string(run_variable) +
                        " names a flow run, but no Prefect server is named; set PREFECT_API_URL");
  }
  const json::value answer = client->get("/flow_runs/" + RestClient::escaped(id));
  const json::object* const run = answer.if_object();
  if (!run)
    throw PrefectServerError("the answer of " + client->name() + " about the flow run is none", 200, {},
                             false);
  auto taken = std::make_shared<TakenRun>();
  taken->id = rest::text(*run, "id");
  taken->name = rest::text(*run, "name");
  if (const auto* const count = run->if_contains("run_count"); count && count->is_int64()) {
    taken->run_count = static_cast<int>(count->get_int64());
  }
  if (const auto* const policy = run->if_contains("empirical_policy"); policy && policy->is_object()) {
    const auto* const retries = policy->get_object().if_contains("retries");
    if (retries && retries->is_int64()) taken->retries = static_cast<int>(retries->get_int64());
  }
  if (const auto* const given = run->if_contains("parameters"); given && given->is_object()) {
    taken->parameters = given->get_object();
  }
  const json::value flow = client->get("/flows/" + rest::text(*run, "flow_id"));
  if (const auto* const object = flow.if_object()) known.flow_name = rest::text(*object, "name");
  known.run = std::move(taken);
  known.id = id;
}

}  // namespace

std::shared_ptr<const TakenRun> take_deployed_run(const RunSpec& spec) {
  const char* const id = std::getenv(run_variable);
  if (id == nullptr || *id == '\0' || ActiveRun::current() != nullptr) return nullptr;
  Deployed& known = deployed();
  const std::lock_guard lock(known.mutex);
  if (known.id != id) look_up(known, id);
  if (!known.run || known.flow_name != spec.name) return nullptr;
  return std::exchange(known.run, nullptr);
}

std::shared_ptr<const RunSpec> with_taken_run(const RunSpec& spec, std::shared_ptr<const TakenRun> taken) {
  auto own = std::make_shared<RunSpec>(spec);
  own->taken = std::move(taken);
  return own;
}

std::string parameter_name(const RunSpec& spec, std::size_t index) {
  return index < spec.parameters.size() ? spec.parameters[index] : "arg" + std::to_string(index);
}

void check_parameter_names(const RunSpec& spec, std::size_t count) {
  for (const auto& [name, value] : spec.taken->parameters) {
    std::string known;
    bool found = false;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string each = parameter_name(spec, i);
      found = found || name == each;
      known += (known.empty() ? "" : ", ") + each;
    }
    if (found) continue;
    throw ParameterTypeError("Flow run received invalid parameters: " + std::string(name) + ": the flow \"" +
                             spec.name + "\" has no parameter of that name; it has " +
                             (known.empty() ? "none" : known) + " (FlowOptions::parameters names them)");
  }
}

void throw_parameter_unfit(const std::string& name, const std::string& wanted, const json::value& given) {
  throw ParameterTypeError("Flow run received invalid parameters: " + name + ": " + wanted + " is wanted, " +
                           std::string(json_kind(given)) + " was given");
}

}  // namespace prefect::detail
