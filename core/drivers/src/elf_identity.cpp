#include "elf_identity.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include <psa/driver.h>

#include "elf_file.hpp"
#include "refusal.hpp"

namespace prefect_sqlalchemy {
namespace {

template <std::size_t size>
std::string padded_text(const char (&padded)[size]) {
  std::string text(padded, strnlen(padded, size));
  // The texts are printed in reports.
  if (text.size() == size ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    throw Refusal("has an identity with a malformed text");
  }
  return text;
}

Identity identity_in(const ElfFile& file) {
  const auto* section = file.find_section(PSA_IDENTITY_SECTION);
  if (!section) {
    throw Refusal("has no section " PSA_IDENTITY_SECTION ": it is no driver plugin, or a stripped-down one",
                  false);
  }
  constexpr auto needed = offsetof(psa_identity, version) + sizeof(psa_identity::version);
  psa_identity raw{};
  if (section->sh_type == SHT_NOBITS || section->sh_size < needed) {
    throw Refusal("has a section " PSA_IDENTITY_SECTION " that is too short");
  }
  file.read(section->sh_offset, &raw, needed);
  if (std::memcmp(raw.magic, PSA_IDENTITY_MAGIC, sizeof raw.magic) != 0 || raw.struct_size < needed) {
    throw Refusal("has a section " PSA_IDENTITY_SECTION " that holds no identity");
  }
  check_abi(raw.abi_major, raw.abi_minor_min, raw.abi_minor);
  return {raw.abi_major,         raw.abi_minor_min,     raw.abi_minor,           raw.capabilities,
          padded_text(raw.arch), padded_text(raw.name), padded_text(raw.version)};
}

}  // namespace

Identity read_elf_identity(const std::filesystem::path& library) {
  const ElfFile file(library);
  auto identity = identity_in(file);
  if (identity.arch != PSA_ARCH) {
    throw Refusal("built for " + identity.arch + ", as its identity says; this process runs on " PSA_ARCH);
  }
  if (!file.exports(PSA_DRIVER_ENTRY_SYMBOL)) {
    throw Refusal("does not export " PSA_DRIVER_ENTRY_SYMBOL ", a driver's entry function");
  }
  return identity;
}

void check_abi(std::uint32_t major, std::uint32_t minor_min, std::uint32_t minor) {
  const auto dotted = [](std::uint32_t left, std::uint32_t right) {
    return std::to_string(left) + "." + std::to_string(right);
  };
  const auto spoken = "; this library speaks " + dotted(PSA_ABI_MAJOR, PSA_ABI_MINOR);
  if (major != PSA_ABI_MAJOR) throw Refusal("built for ABI " + dotted(major, minor) + spoken);
  if (minor_min > PSA_ABI_MINOR)
    throw Refusal("needs ABI " + dotted(major, minor_min) + " or newer" + spoken);
}

}  // namespace prefect_sqlalchemy
