// SPDX-License-Identifier: Apache-2.0
#include "plugin_file.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include <elf.h>
#include <link.h>

namespace psa_conformance {
namespace {

using SectionHeader = ElfW(Shdr);

std::string read_whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(file))
    throw std::runtime_error(file.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

// A shared library's bytes; whatever does not fit into them is not there.
class Elf {
 public:
  explicit Elf(std::string bytes) : bytes_(std::move(bytes)) {
    if (!get(0, header_) || std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_type != ET_DYN ||
        header_.e_ident[EI_CLASS] != ELFCLASS64)
      throw std::runtime_error("it is no shared library of 64 bits");
  }

  template <class T>
  bool get(std::uint64_t offset, T& out) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof out) return false;
    std::memcpy(&out, bytes_.data() + offset, sizeof out);
    return true;
  }

  std::string_view text(std::uint64_t offset) const {
    if (offset >= bytes_.size()) return {};
    return {bytes_.data() + offset, strnlen(bytes_.data() + offset, bytes_.size() - offset)};
  }

  std::vector<SectionHeader> sections() const {
    std::vector<SectionHeader> out;
    for (unsigned i = 0; i < header_.e_shnum; ++i) {
      SectionHeader each{};
      if (get(header_.e_shoff + std::uint64_t{i} * header_.e_shentsize, each)) out.push_back(each);
    }
    return out;
  }

  std::string_view name(const std::vector<SectionHeader>& sections, const SectionHeader& section) const {
    if (header_.e_shstrndx >= sections.size()) return {};
    return text(sections[header_.e_shstrndx].sh_offset + section.sh_name);
  }

 private:
  std::string bytes_;
  ElfW(Ehdr) header_{};
};

void read_exports(const Elf& elf, const std::vector<SectionHeader>& sections, const SectionHeader& table,
                  std::vector<std::string>& out) {
  if (table.sh_link >= sections.size()) return;
  ElfW(Sym) symbol{};
  for (std::uint64_t at = 0; at + sizeof symbol <= table.sh_size; at += sizeof symbol) {
    if (!elf.get(table.sh_offset + at, symbol)) return;
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (symbol.st_shndx == SHN_UNDEF || binding == STB_LOCAL) continue;
    if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
    out.emplace_back(elf.text(sections[table.sh_link].sh_offset + symbol.st_name));
  }
  std::sort(out.begin(), out.end());
}

}  // namespace

PluginFile PluginFile::read(const std::filesystem::path& library) {
  PluginFile out;
  out.library = std::filesystem::canonical(library);
  const Elf elf(read_whole(out.library));
  const auto sections = elf.sections();
  for (const SectionHeader& each : sections) {
    if (each.sh_type == SHT_DYNSYM) read_exports(elf, sections, each, out.exported);
    psa_identity identity{};
    if (elf.name(sections, each) == PSA_IDENTITY_SECTION && each.sh_size >= sizeof identity &&
        elf.get(each.sh_offset, identity)) {
      out.identity = identity;
      out.identity_is_loaded = (each.sh_flags & SHF_ALLOC) != 0;
    }
  }
  std::filesystem::path manifest = out.library;
  manifest.replace_extension(".json");
  boost::json::error_code error;
  const auto parsed = boost::json::parse(read_whole(manifest), error);
  if (error || !parsed.is_object()) throw std::runtime_error(manifest.string() + " is no JSON object");
  out.manifest = parsed.as_object();
  return out;
}

std::string PluginFile::manifest_text(const char* key) const {
  const auto* found = manifest.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

std::vector<std::string> PluginFile::drivers() const {
  std::vector<std::string> out;
  if (const auto* found = manifest.if_contains("drivers"); found != nullptr && found->is_array())
    for (const auto& each : found->as_array())
      if (each.is_string()) out.emplace_back(each.as_string());
  return out;
}

}  // namespace psa_conformance
