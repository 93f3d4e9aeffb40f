#pragma once

#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

/// The library's own log. It goes to the spdlog logger named "prefect_sqlalchemy": the application's if it
/// registered one, else one that writes warnings and worse to standard error. Never holds a secret.
/// Threads: any.
namespace prefect_sqlalchemy::log {

PREFECT_SQLALCHEMY_API void debug(std::string_view message) noexcept;
PREFECT_SQLALCHEMY_API void info(std::string_view message) noexcept;
PREFECT_SQLALCHEMY_API void warning(std::string_view message) noexcept;
PREFECT_SQLALCHEMY_API void error(std::string_view message) noexcept;
/// What the environment asked to see: written whatever the logger's level, as a debug message.
PREFECT_SQLALCHEMY_API void requested(std::string_view message) noexcept;

}  // namespace prefect_sqlalchemy::log
