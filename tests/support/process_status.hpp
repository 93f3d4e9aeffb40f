#pragma once

#include <cstdint>
#include <string_view>

namespace test_support {

/// A number of this process by the name that Linux has for it in /proc/self/status: "Threads", "VmRSS"
/// (resident memory in KiB), "VmHWM" (its peak).
/// @throws std::runtime_error  there is none of that name
std::int64_t process_status(std::string_view name);

/// From here on VmHWM tells the peak anew.
void forget_peak_memory();

}  // namespace test_support
