#include <utility>

#include <prefect_sqlalchemy/drivers/driver.hpp>

#include "library.hpp"

namespace prefect_sqlalchemy {

Driver::Driver(std::string name, const LoadedPlugin& plugin)
    : name_(std::move(name)), plugin_(&plugin), table_(&plugin.table) {}

const std::string& Driver::plugin_name() const noexcept { return plugin_->name; }
const std::string& Driver::version() const noexcept { return plugin_->version; }
const std::string& Driver::client() const noexcept { return plugin_->client; }
const std::filesystem::path& Driver::library() const noexcept { return plugin_->library; }

}  // namespace prefect_sqlalchemy
