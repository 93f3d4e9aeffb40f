#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/flows/run_engine.hpp>

namespace prefect::detail {

/// The arguments under the parameters' names; arg0, arg1, ... where the spec gives none.
boost::json::object named_parameters(const RunSpec& spec, boost::json::array arguments);

/// The name that the spec asks for, `{name}` replaced by that parameter; empty if it asks for none.
/// At most 255 bytes. Unknown names stay as they are.
std::string run_name(const RunSpec& spec, const boost::json::object& parameters);

}  // namespace prefect::detail
