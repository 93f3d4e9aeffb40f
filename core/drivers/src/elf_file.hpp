#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <elf.h>
#include <link.h>

#include "trusted_file.hpp"

namespace prefect_sqlalchemy {

/// What a shared library asks of the system's loader.
struct DynamicNeeds {
  std::vector<std::string> libraries;  ///< DT_NEEDED, in order
  std::string run_path;                ///< DT_RUNPATH
  std::string old_run_path;            ///< DT_RPATH; counts only where there is no DT_RUNPATH
};

/// A shared library's file, for this process's own architecture, read in bounded parts and never run. Nothing
/// in it is believed: whatever does not fit is a Refusal.
class ElfFile {
 public:
  using SectionHeader = ElfW(Shdr);

  /// @throws Refusal  no regular file, not trusted, empty, truncated, not a shared library, or built for
  ///                  another architecture
  explicit ElfFile(const std::filesystem::path& path);

  const SectionHeader* find_section(std::string_view name) const;
  /// Whether the library offers a symbol of this name.
  bool exports(std::string_view symbol) const;
  DynamicNeeds needs() const;

  /// @throws Refusal  the file ends before
  void read(std::uint64_t offset, void* out, std::size_t size) const;

 private:
  void read_header();
  void read_sections();
  std::string read_names(const SectionHeader& section) const;
  template <class Entry>
  std::vector<Entry> read_table(const SectionHeader& section) const;

  TrustedFile file_;
  ElfW(Ehdr) header_{};
  std::vector<SectionHeader> sections_;
  std::string section_names_;
};

}  // namespace prefect_sqlalchemy
