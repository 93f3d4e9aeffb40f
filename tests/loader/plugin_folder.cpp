#include "plugin_folder.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace test_support {
namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::logic_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

PluginFolder::PluginFolder()
    : driver_path_("PREFECT_SQLALCHEMY_DRIVER_PATH", folder_.path().string()),
      add_driver_path_("PREFECT_SQLALCHEMY_ADD_DRIVER_PATH", std::nullopt) {}

void PluginFolder::add(const std::string& fake, const std::string& driver) const {
  const std::filesystem::path from(PSA_FAKES_FOLDER);
  folder_.write(fake + ".so", bytes_of(from / (fake + ".so")));
  folder_.write(fake + ".json", bytes_of(from / (fake + ".json")));
  if (!driver.empty())
    edit_manifest(fake, "\"drivers\": [\"" + fake + "\"", "\"drivers\": [\"" + driver + "\"");
}

void PluginFolder::edit_manifest(const std::string& fake, std::string_view from, std::string_view to) const {
  auto text = bytes_of(manifest(fake));
  const auto at = text.find(from);
  if (at == text.npos) throw std::logic_error("the manifest does not hold " + std::string(from));
  folder_.write(fake + ".json", text.replace(at, from.size(), to));
}

}  // namespace test_support
