#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>

namespace prefect_sqlalchemy {

Error::Error(const std::string& what) : Error(what, Diagnostics{}) {}

Error::Error(const std::string& what, Diagnostics diagnostics)
    : std::runtime_error(what), diagnostics_(std::make_shared<const Diagnostics>(std::move(diagnostics))) {}

}  // namespace prefect_sqlalchemy
