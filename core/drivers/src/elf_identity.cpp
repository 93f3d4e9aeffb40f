#include "elf_identity.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <elf.h>
#include <link.h>

#include <psa/driver.h>

#include "refusal.hpp"
#include "trusted_file.hpp"

// The linker's name for the ELF header of the file this code is in: what runs here is what it says.
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace prefect_sqlalchemy {
namespace {

// Headers of this process's own word size and byte order; files of others are refused before these are read.
using FileHeader = ElfW(Ehdr);
using SectionHeader = ElfW(Shdr);
using Symbol = ElfW(Sym);

constexpr std::uint64_t section_limit = 10'000;
constexpr std::uint64_t names_limit = 16 << 20;
constexpr std::uint64_t symbols_limit = 1 << 20;
constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char own_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

[[noreturn]] void truncated() { throw Refusal("is truncated: it ends before what its headers announce"); }

std::string machine_name(unsigned machine, unsigned char file_class) {
  switch (machine) {
    case EM_X86_64:
      return file_class == ELFCLASS64 ? "x86_64" : "x32";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i686";
    case EM_ARM:
      return "armv7l";
    case EM_RISCV:
      return file_class == ELFCLASS64 ? "riscv64" : "riscv32";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return file_class == ELFCLASS64 ? "s390x" : "s390";
    default:
      return "machine " + std::to_string(machine);
  }
}

class ElfReader {
 public:
  explicit ElfReader(const std::filesystem::path& path) : file_(path) {
    read_header();
    read_sections();
  }

  Identity identity() const {
    const auto* section = find_section(PSA_IDENTITY_SECTION);
    if (!section) {
      throw Refusal("has no section " PSA_IDENTITY_SECTION ": it is no driver plugin, or a stripped-down one",
                    false);
    }
    constexpr auto needed = offsetof(psa_identity, version) + sizeof(psa_identity::version);
    psa_identity raw{};
    if (section->sh_type == SHT_NOBITS || section->sh_size < needed) {
      throw Refusal("has a section " PSA_IDENTITY_SECTION " that is too short");
    }
    if (!file_.read(section->sh_offset, &raw, needed)) truncated();
    if (std::memcmp(raw.magic, PSA_IDENTITY_MAGIC, sizeof raw.magic) != 0 || raw.struct_size < needed) {
      throw Refusal("has a section " PSA_IDENTITY_SECTION " that holds no identity");
    }
    check_abi(raw.abi_major, raw.abi_minor_min, raw.abi_minor);
    return {raw.abi_major,  raw.abi_minor_min, raw.abi_minor,    raw.capabilities,
            text(raw.arch), text(raw.name),    text(raw.version)};
  }

  bool exports(std::string_view wanted) const {
    for (const auto& section : sections_) {
      if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections_.size()) continue;
      const auto names = read_names(sections_[section.sh_link]);
      const auto count = section.sh_size / sizeof(Symbol);
      if (count > symbols_limit) throw Refusal("has more symbols than any plugin needs");
      std::vector<Symbol> symbols(count);
      if (!file_.read(section.sh_offset, symbols.data(), count * sizeof(Symbol))) truncated();
      for (const auto& symbol : symbols) {
        if (symbol.st_shndx != SHN_UNDEF && name_at(names, symbol.st_name) == wanted) return true;
      }
    }
    return false;
  }

 private:
  void read_header() {
    if (file_.size() == 0) throw Refusal("is empty");
    std::array<unsigned char, EI_NIDENT + 4> start{};  // as far as e_type and e_machine
    const auto have = std::min<std::uint64_t>(file_.size(), start.size());
    if (!file_.read(0, start.data(), have)) truncated();
    if (std::memcmp(start.data(), ELFMAG, std::min<std::size_t>(have, SELFMAG)) != 0) {
      throw Refusal("is not a shared library: it does not begin as an ELF file does");
    }
    if (have < start.size()) truncated();
    const bool little = start[EI_DATA] == ELFDATA2LSB;
    const auto half = [&](std::size_t at) -> unsigned {
      return little ? start[at] | start[at + 1] << 8 : start[at] << 8 | start[at + 1];
    };
    if (start[EI_CLASS] != own_class || start[EI_DATA] != own_order ||
        half(EI_NIDENT + 2) != __ehdr_start.e_machine) {
      throw Refusal("built for " + machine_name(half(EI_NIDENT + 2), start[EI_CLASS]) +
                    (little ? "" : " (big-endian)") + "; this process runs on " PSA_ARCH);
    }
    if (half(EI_NIDENT) != ET_DYN) throw Refusal("is not a shared library but another kind of ELF file");
    if (!file_.read(0, &header_, sizeof header_)) truncated();
  }

  void read_sections() {
    if (header_.e_shoff == 0 || header_.e_shnum == 0) {
      throw Refusal("has no section headers, so that its identity cannot be read");
    }
    if (header_.e_shentsize != sizeof(SectionHeader) || header_.e_shnum > section_limit ||
        header_.e_shstrndx >= header_.e_shnum) {
      throw Refusal("has a malformed ELF header");
    }
    sections_.resize(header_.e_shnum);
    if (!file_.read(header_.e_shoff, sections_.data(), sections_.size() * sizeof(SectionHeader))) truncated();
    section_names_ = read_names(sections_[header_.e_shstrndx]);
  }

  std::string read_names(const SectionHeader& section) const {
    if (section.sh_type != SHT_STRTAB || section.sh_size > names_limit)
      throw Refusal("has a malformed table of names");
    std::string names(section.sh_size, '\0');
    if (!file_.read(section.sh_offset, names.data(), names.size())) truncated();
    return names;
  }

  static std::string_view name_at(std::string_view names, std::size_t offset) {
    if (offset >= names.size()) return {};
    return names.substr(offset, names.find('\0', offset) - offset);
  }

  const SectionHeader* find_section(std::string_view name) const {
    const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const SectionHeader& section) {
      return name_at(section_names_, section.sh_name) == name;
    });
    return found == sections_.end() ? nullptr : &*found;
  }

  template <std::size_t size>
  static std::string text(const char (&padded)[size]) {
    std::string text(padded, strnlen(padded, size));
    // The texts are printed in reports.
    if (text.size() == size ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
      throw Refusal("has an identity with a malformed text");
    }
    return text;
  }

  TrustedFile file_;
  FileHeader header_{};
  std::vector<SectionHeader> sections_;
  std::string section_names_;
};

}  // namespace

Identity read_elf_identity(const std::filesystem::path& library) {
  const ElfReader reader(library);
  auto identity = reader.identity();
  if (identity.arch != PSA_ARCH) {
    throw Refusal("built for " + identity.arch + ", as its identity says; this process runs on " PSA_ARCH);
  }
  if (!reader.exports(PSA_DRIVER_ENTRY_SYMBOL)) {
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
  // Major 0 is free to change with every minor.
  if (PSA_ABI_MAJOR == 0 && minor != PSA_ABI_MINOR) {
    throw Refusal("built for ABI " + dotted(major, minor) + spoken);
  }
  if (minor_min > PSA_ABI_MINOR)
    throw Refusal("needs ABI " + dotted(major, minor_min) + " or newer" + spoken);
}

}  // namespace prefect_sqlalchemy
