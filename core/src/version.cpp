#include <prefect_sqlalchemy/version.hpp>

namespace prefect_sqlalchemy {

std::string_view version() noexcept { return PREFECT_SQLALCHEMY_VERSION; }

}  // namespace prefect_sqlalchemy
