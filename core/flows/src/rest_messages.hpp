#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <prefect_sqlalchemy/flows/run_event.hpp>
#include <prefect_sqlalchemy/flows/run_policy.hpp>

/// What is sent to a Prefect server about runs, and what its answers mean. Fields are those that Prefect 2.14
/// and 3.8 both know; a field without a value is left out. Ids are the server's.
namespace prefect::detail::rest {

boost::json::object flow_run(const FlowRunCreated& event, const std::string& flow_id,
                             const std::string& parent_task_run_id);
/// @param fractions  whether delays may have them
boost::json::object task_run(const TaskRunCreated& event, const std::string& flow_run_id, bool fractions);
boost::json::object flow_run_policy(const RetryRule& retry);
/// The body of set_state.
boost::json::object state_change(const StateChanged& change, bool force);
boost::json::object log_line(const LogLine& line, const std::string& flow_run_id,
                             const std::string& task_run_id);

/// What set_state answers. @throws PrefectServerError  it is nothing that a Prefect server says
Verdict verdict(const boost::json::value& answer, const std::string& server);
/// A state as the server gives it.
State state(const boost::json::object& object);

/// A moment at a key, however the server's version writes it; std::nullopt if there is none.
std::optional<State::TimePoint> time(const boost::json::object& object, std::string_view key);
/// A text at a key, "" if there is none.
std::string text(const boost::json::object& object, std::string_view key);

}  // namespace prefect::detail::rest
