#pragma once

#include <prefect_sqlalchemy/drivers/driver_report.hpp>

namespace psa_cli {

/// Loads the driver of a report in a process of its own, as its plugin may do anything, and writes what went
/// wrong into the first candidate. Only where nothing speaks against it yet.
void try_to_load(prefect_sqlalchemy::DriverReport& report);

}  // namespace psa_cli
