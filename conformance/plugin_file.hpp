// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include <psa/driver.h>

namespace psa_conformance {

/// What the plugin's two files say, read without running anything.
struct PluginFile {
  std::filesystem::path library;  ///< absolute
  boost::json::object manifest;   ///< of NAME.json beside it
  std::vector<std::string> exported;
  std::optional<psa_identity> identity;  ///< nothing where the section is missing or too short
  bool identity_is_loaded = false;       ///< its section is one that strip keeps

  /// A text of the manifest; empty where it has none of that name.
  std::string manifest_text(const char* key) const;
  std::vector<std::string> drivers() const;

  /// @throws std::runtime_error  a file is missing or is not what it should be
  static PluginFile read(const std::filesystem::path& library);
};

}  // namespace psa_conformance
