#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace prefect_sqlalchemy {

/// What the system's loader knows of installed libraries: names, and the files behind each in the order of
/// its preference, as `ldconfig` wrote them to /etc/ld.so.cache. Empty where the file is not there or of
/// another format.
std::multimap<std::string, std::filesystem::path> read_loader_cache(
    const std::filesystem::path& file = "/etc/ld.so.cache");

}  // namespace prefect_sqlalchemy
