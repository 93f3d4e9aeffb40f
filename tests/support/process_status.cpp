#include "process_status.hpp"

#include <fstream>
#include <stdexcept>
#include <string>

namespace test_support {

std::int64_t process_status(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name) && line.substr(name.size()).starts_with(":")) {
      return std::stoll(line.substr(name.size() + 1));
    }
  }
  throw std::runtime_error("/proc/self/status has no " + std::string(name));
}

void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace test_support
