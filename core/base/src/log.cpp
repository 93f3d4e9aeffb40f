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

void write(spdlog::level::level_enum level, std::string_view message) noexcept {
  try {
    logger()->log(level, spdlog::string_view_t(message.data(), message.size()));
  } catch (...) {
    // A log that cannot be written must not become the failure.
  }
}

}  // namespace

void debug(std::string_view message) noexcept { write(spdlog::level::debug, message); }
void info(std::string_view message) noexcept { write(spdlog::level::info, message); }
void warning(std::string_view message) noexcept { write(spdlog::level::warn, message); }
void error(std::string_view message) noexcept { write(spdlog::level::err, message); }

}  // namespace prefect_sqlalchemy::log
