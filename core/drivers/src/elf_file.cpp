#include "elf_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <psa/driver.h>

#include "refusal.hpp"

// The linker's name for the ELF header of the file this code is in: what runs here is what it says.
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace prefect_sqlalchemy {
namespace {

constexpr std::uint64_t section_limit = 10'000;
constexpr std::uint64_t names_limit = 16 << 20;
constexpr std::uint64_t entries_limit = 1 << 20;
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

std::string_view name_at(std::string_view names, std::size_t offset) {
  if (offset >= names.size()) return {};
  return names.substr(offset, names.find('\0', offset) - offset);
}

}  // namespace

ElfFile::ElfFile(const std::filesystem::path& path) : file_(path) {
  read_header();
  read_sections();
}

void ElfFile::read(std::uint64_t offset, void* out, std::size_t size) const {
  if (!file_.read(offset, out, size)) truncated();
}

void ElfFile::read_header() {
  if (file_.size() == 0) throw Refusal("is empty");
  std::array<unsigned char, EI_NIDENT + 4> start{};  // as far as e_type and e_machine
  const auto have = std::min<std::uint64_t>(file_.size(), start.size());
  read(0, start.data(), have);
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
  read(0, &header_, sizeof header_);
}

void ElfFile::read_sections() {
  if (header_.e_shoff == 0 || header_.e_shnum == 0) {
    throw Refusal("has no section headers, so that its identity cannot be read");
  }
  if (header_.e_shentsize != sizeof(SectionHeader) || header_.e_shnum > section_limit ||
      header_.e_shstrndx >= header_.e_shnum) {
    throw Refusal("has a malformed ELF header");
  }
  sections_.resize(header_.e_shnum);
  read(header_.e_shoff, sections_.data(), sections_.size() * sizeof(SectionHeader));
  section_names_ = read_names(sections_[header_.e_shstrndx]);
}

std::string ElfFile::read_names(const SectionHeader& section) const {
  if (section.sh_type != SHT_STRTAB || section.sh_size > names_limit)
    throw Refusal("has a malformed table of names");
  std::string names(section.sh_size, '\0');
  read(section.sh_offset, names.data(), names.size());
  return names;
}

template <class Entry>
std::vector<Entry> ElfFile::read_table(const SectionHeader& section) const {
  const auto count = section.sh_size / sizeof(Entry);
  if (count > entries_limit) throw Refusal("has more symbols than any plugin needs");
  std::vector<Entry> entries(count);
  read(section.sh_offset, entries.data(), count * sizeof(Entry));
  return entries;
}

const ElfFile::SectionHeader* ElfFile::find_section(std::string_view name) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const SectionHeader& section) {
    return name_at(section_names_, section.sh_name) == name;
  });
  return found == sections_.end() ? nullptr : &*found;
}

bool ElfFile::exports(std::string_view wanted) const {
  for (const auto& section : sections_) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections_.size()) continue;
    const auto names = read_names(sections_[section.sh_link]);
    for (const auto& symbol : read_table<ElfW(Sym)>(section)) {
      if (symbol.st_shndx != SHN_UNDEF && name_at(names, symbol.st_name) == wanted) return true;
    }
  }
  return false;
}

DynamicNeeds ElfFile::needs() const {
  DynamicNeeds needs;
  for (const auto& section : sections_) {
    if (section.sh_type != SHT_DYNAMIC || section.sh_link >= sections_.size()) continue;
    const auto names = read_names(sections_[section.sh_link]);
    for (const auto& entry : read_table<ElfW(Dyn)>(section)) {
      if (entry.d_tag == DT_NULL) break;
      const std::string text(name_at(names, entry.d_un.d_val));
      if (entry.d_tag == DT_NEEDED) needs.libraries.push_back(text);
      if (entry.d_tag == DT_RUNPATH) needs.run_path = text;
      if (entry.d_tag == DT_RPATH) needs.old_run_path = text;
    }
  }
  return needs;
}

}  // namespace prefect_sqlalchemy
