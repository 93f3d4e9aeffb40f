#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace prefect_sqlalchemy {

/// What a plugin says of itself in its section "psa_identity".
struct Identity {
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor_min = 0;
  std::uint32_t abi_minor = 0;
  std::uint64_t capabilities = 0;
  std::string arch;  ///< as `uname -m` says it
  std::string name;
  std::string version;
};

/// Reads the identity out of a shared library's file without running any of it, and looks whether the
/// entry function is exported. Reads a bounded part of the file, believing nothing in it.
/// @throws Refusal  no regular file, not trusted, empty, truncated, not a shared library, built for
///                  another architecture, or without identity or entry function
Identity read_elf_identity(const std::filesystem::path& library);

/// Refuses what this library's ABI cannot meet, in words like "built for ABI 2.0; this library speaks
/// 0.1". `minor_min` is the oldest host minor the plugin works with.
/// @throws Refusal
void check_abi(std::uint32_t major, std::uint32_t minor_min, std::uint32_t minor);

}  // namespace prefect_sqlalchemy
