#pragma once

#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// The library's version, "0.1.0".
PREFECT_SQLALCHEMY_API std::string_view version() noexcept;

}  // namespace prefect_sqlalchemy
