#include <cstdlib>
#include <memory>
#include <mutex>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <prefect_sqlalchemy/base/log.hpp>

namespace prefect_sqlalchemy::log {
namespace {

constexpr const char* logger_name = "prefect_sqlalchemy";

std::shared_ptr<spdlog::logger> logger() {
  if (auto registered = spdlog::get(logger_name)) return registered;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (auto registered = spdlog::get(logger_name)) return registered;
  auto made = spdlog::stderr_color_mt(logger_name);
  made->set_level(spdlog::level::warn);
  return made;
}

/// Shut when the process exits, before spdlog ends: threads that go on until then must not find it gone.
struct Gate {
  std::recursive_mutex mutex;
  bool open = true;
};

Gate& gate() {
  static auto* const only = new Gate;
  return *only;
}

void shut() {
  const std::lock_guard lock(gate().mutex);
  gate().open = false;
}

void write(spdlog::level::level_enum level, std::string_view message,
           bool whatever_the_level = false) noexcept {
  try {
    const std::lock_guard lock(gate().mutex);
    if (!gate().open) return;
    const std::shared_ptr<spdlog::logger> used = logger();
    // Registered behind what spdlog has, so it runs before.
    [[maybe_unused]] static const int registered = std::atexit(shut);
    const spdlog::string_view_t text(message.data(), message.size());
    if (!whatever_the_level) return used->log(level, text);
    for (const auto& sink : used->sinks()) sink->log(spdlog::details::log_msg(used->name(), level, text));
  } catch (...) {
    // A log that cannot be written must not become the failure.
  }
}

}  // namespace

void debug(std::string_view message) noexcept { write(spdlog::level::debug, message); }
void info(std::string_view message) noexcept { write(spdlog::level::info, message); }
void warning(std::string_view message) noexcept { write(spdlog::level::warn, message); }
void error(std::string_view message) noexcept { write(spdlog::level::err, message); }
void requested(std::string_view message) noexcept { write(spdlog::level::debug, message, true); }

}  // namespace prefect_sqlalchemy::log
