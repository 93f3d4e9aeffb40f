#include "library_needs.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include <dlfcn.h>
#include <link.h>

#include "elf_file.hpp"
#include "loader_cache.hpp"
#include "refusal.hpp"

namespace prefect_sqlalchemy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t walk_limit = 500;

/// A library to walk, and the run paths that those who led to it hand down (DT_RPATH alone is handed down).
struct WalkedLibrary {
  fs::path file;
  std::vector<fs::path> inherited;
};

bool is_loaded(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle) ::dlclose(handle);
  return handle != nullptr;
}

// LD_LIBRARY_PATH as this process was started with it, and the system's folders, as the loader tells them.
std::vector<fs::path> folders_of_the_loader() {
  std::vector<fs::path> folders;
  void* program = ::dlopen(nullptr, RTLD_LAZY);
  Dl_serinfo size{};
  if (program && ::dlinfo(program, RTLD_DI_SERINFOSIZE, &size) == 0) {
    std::vector<std::max_align_t> memory(size.dls_size / sizeof(std::max_align_t) + 1);
    auto* info = reinterpret_cast<Dl_serinfo*>(memory.data());
    info->dls_size = size.dls_size;
    info->dls_cnt = size.dls_cnt;
    if (::dlinfo(program, RTLD_DI_SERINFO, info) == 0) {
      for (unsigned i = 0; i < info->dls_cnt; ++i) folders.emplace_back(info->dls_serpath[i].dls_name);
    }
  }
  if (program) ::dlclose(program);
  return folders;
}

std::vector<fs::path> split_run_path(std::string_view run_path, const fs::path& origin) {
  std::vector<fs::path> folders;
  while (!run_path.empty()) {
    const auto end = std::min(run_path.find(':'), run_path.size());
    std::string folder(run_path.substr(0, end));
    for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"}) {
      for (auto at = folder.find(token); at != folder.npos; at = folder.find(token)) {
        folder.replace(at, token.size(), origin.string());
      }
    }
    if (!folder.empty()) folders.emplace_back(folder);
    run_path.remove_prefix(std::min(end + 1, run_path.size()));
  }
  return folders;
}

class NeedsWalk {
 public:
  std::vector<MissingLibrary> run(const fs::path& library) {
    open_.push_back({library, {}});
    while (!open_.empty() && seen_.size() < walk_limit) {
      const auto next = std::move(open_.front());
      open_.pop_front();
      walk(next);
    }
    return std::move(missing_);
  }

 private:
  void walk(const WalkedLibrary& library) {
    DynamicNeeds needs;
    try {
      needs = ElfFile(library.file).needs();
    } catch (const Refusal&) {
      return;
    }
    const auto origin = library.file.parent_path();
    auto inherited = library.inherited;
    if (needs.run_path.empty()) {
      auto own = split_run_path(needs.old_run_path, origin);
      inherited.insert(inherited.begin(), own.begin(), own.end());
    }
    std::vector<fs::path> folders = needs.run_path.empty() ? inherited : std::vector<fs::path>();
    folders.insert(folders.end(), system_folders_.begin(), system_folders_.end());
    const auto run_path = split_run_path(needs.run_path, origin);
    folders.insert(folders.end(), run_path.begin(), run_path.end());
    for (const auto& name : needs.libraries) {
      if (!seen_.insert(name).second || is_loaded(name)) continue;
      if (auto file = find(name, folders)) {
        open_.push_back({std::move(*file), inherited});
      } else {
        missing_.push_back({name, library.file});
      }
    }
  }

  std::optional<fs::path> find(const std::string& name, const std::vector<fs::path>& folders) const {
    if (name.find('/') != name.npos) return usable(name);
    for (const auto& folder : folders) {
      if (auto file = usable(folder / name)) return file;
    }
    const auto [first, last] = cache_.equal_range(name);
    for (auto known = first; known != last; ++known) {
      if (auto file = usable(known->second)) return file;
    }
    return std::nullopt;
  }

  // A library of another architecture is passed over by the loader too.
  static std::optional<fs::path> usable(const fs::path& path) {
    std::error_code error;
    auto file = fs::canonical(path, error);
    if (error) return std::nullopt;
    try {
      const ElfFile readable(file);
    } catch (const Refusal& refusal) {
      if (refusal.reinstall()) return std::nullopt;
    }
    return file;
  }

  const std::vector<fs::path> system_folders_ = folders_of_the_loader();
  const std::multimap<std::string, fs::path> cache_ = read_loader_cache();
  std::deque<WalkedLibrary> open_;
  std::set<std::string> seen_;
  std::vector<MissingLibrary> missing_;
};

}  // namespace

std::vector<MissingLibrary> missing_libraries(const fs::path& library) { return NeedsWalk().run(library); }

}  // namespace prefect_sqlalchemy
