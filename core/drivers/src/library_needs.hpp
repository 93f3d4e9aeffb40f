#pragma once

#include <filesystem>
#include <vector>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>

namespace prefect_sqlalchemy {

/// The shared libraries that a plugin needs, itself or by way of those it needs, and that the system's loader
/// would not find from this process. Reads files, runs nothing; what this process has loaded already counts
/// as found. A file that cannot be read has no needs.
std::vector<MissingLibrary> missing_libraries(const std::filesystem::path& library);

}  // namespace prefect_sqlalchemy
