#pragma once

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>

namespace psa_cli {

boost::json::object candidate_json(const prefect_sqlalchemy::DriverCandidate& candidate);
/// All of a report; of the candidates, which one was taken.
boost::json::object report_json(const prefect_sqlalchemy::DriverReport& report);

}  // namespace psa_cli
