#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prefect_sqlalchemy {

/// What NAME.json says about the plugin beside it.
struct Manifest {
  std::string name;  ///< the plugin's, as in its identity
  std::string version;
  std::filesystem::path library;  ///< relative to the manifest's folder, and inside it
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::vector<std::string> drivers;                      ///< names it serves
  std::optional<std::vector<std::string>> capabilities;  ///< not compared where absent
  std::string package;                                   ///< for the install hint; may be empty
};

/// A manifest as far as it could be understood, so that a broken one can still be told to be the one
/// that was asked for.
struct ParsedManifest {
  Manifest manifest;
  std::string broken;  ///< empty, or what is wrong with it
};

/// Reads a manifest, format 1: a JSON object with `format` (1), `name`, `version`, `library`,
/// `abi` {`major`, `minor`}, `drivers`, and maybe `capabilities` and `package`. Other keys are ignored.
ParsedManifest parse_manifest(std::string_view text);

/// The bits of the capabilities with these names, such as "cancel". Names of a newer ABI have none here.
std::uint64_t capability_bits(const std::vector<std::string>& names);

/// The names of the bits, in the order of the bits.
std::vector<std::string> capability_names(std::uint64_t bits);

}  // namespace prefect_sqlalchemy
