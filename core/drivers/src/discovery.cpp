#include "discovery.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <sys/stat.h>

#include <prefect_sqlalchemy/drivers/names.hpp>

#include "elf_identity.hpp"
#include "refusal.hpp"
#include "trusted_file.hpp"

namespace prefect_sqlalchemy {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t manifest_size_limit = 1 << 20;

std::string problem_of(const fs::path& folder) {
  if (!folder.is_absolute()) return "not searched: the path is not absolute";
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    return errno == ENOENT ? "does not exist" : std::generic_category().message(errno);
  }
  if (!S_ISDIR(status.st_mode)) return "is not a folder";
  return writable_by_others(folder, status).value_or("");
}

std::vector<fs::path> manifests_in(const fs::path& folder, std::string& problem) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto& path = entry->path();
    if (path.extension() == ".json" && path.filename().native().front() != '.') files.push_back(path);
  }
  if (error) problem = error.message();
  std::sort(files.begin(), files.end());
  return files;
}

FoundPlugin read_plugin(const fs::path& file) {
  FoundPlugin found;
  auto& candidate = found.candidate;
  candidate.manifest = file;
  candidate.plugin = file.stem().string();
  try {
    auto parsed = parse_manifest(TrustedFile(file).read_all(manifest_size_limit));
    found.manifest = std::move(parsed.manifest);
    candidate.drivers = found.manifest.drivers;
    if (!parsed.broken.empty()) throw Refusal(parsed.broken);
    candidate.plugin = found.manifest.name;
    candidate.version = found.manifest.version;
    candidate.package = found.manifest.package;
    candidate.library = file.parent_path() / found.manifest.library;
  } catch (const Refusal& refusal) {
    candidate.reason = "its manifest " + file.filename().string() + " " + refusal.what();
    candidate.reinstall = refusal.reinstall();
  }
  return found;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

void compare(const Manifest& manifest, const Identity& identity) {
  const auto differ = [](const std::string& what, const std::string& left, const std::string& right) {
    if (left == right) return;
    throw Refusal("its manifest and its library do not belong together: the manifest says " + what + " " +
                  left + ", the library " + right);
  };
  const auto abi = [](std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  differ("name", manifest.name, identity.name);
  differ("version", manifest.version, identity.version);
  differ("ABI", abi(manifest.abi_major, manifest.abi_minor), abi(identity.abi_major, identity.abi_minor));
  if (manifest.capabilities) {
    // By way of the bits: capabilities that are newer than this library are not compared.
    differ("capabilities", listed(capability_names(capability_bits(*manifest.capabilities))),
           listed(capability_names(identity.capabilities)));
  }
}

// The library's own folder counts as well: the manifest may name one further in.
void check_folder(const fs::path& folder) {
  const auto problem = problem_of(folder);
  if (!problem.empty()) throw Refusal("its folder " + folder.string() + ": " + problem);
}

}  // namespace

Scan scan_folders(const std::vector<FolderToSearch>& folders) {
  Scan scan;
  for (const auto& [path, origin] : folders) {
    SearchedFolder searched{path, origin, problem_of(path), {}};
    if (searched.problem.empty()) {
      for (const auto& file : manifests_in(path, searched.problem)) {
        auto found = read_plugin(file);
        const bool broken = !found.candidate.reason.empty();
        searched.plugins.push_back(found.candidate.plugin + (broken ? " with a broken manifest" : ""));
        scan.plugins.push_back(std::move(found));
      }
    }
    scan.folders.push_back(std::move(searched));
  }
  return scan;
}

bool serves(const FoundPlugin& plugin, std::string_view driver_name) {
  const auto& names = plugin.candidate.drivers;
  if (!names.empty()) return std::find(names.begin(), names.end(), driver_name) != names.end();
  const auto file = plugin.candidate.manifest.stem().string();
  const auto plus = std::min(driver_name.find('+'), driver_name.size());
  return file == driver_name || file == driver_name.substr(0, plus) ||
         file == driver_name.substr(std::min(plus + 1, driver_name.size())) ||
         file == plugin_of_driver(driver_name).value_or(driver_name);
}

void examine(FoundPlugin& plugin, const std::vector<Allowlist>& allowlists) {
  auto& candidate = plugin.candidate;
  if (!candidate.reason.empty()) return;
  try {
    check_abi(plugin.manifest.abi_major, 0, plugin.manifest.abi_minor);
    std::error_code error;
    const auto file = fs::canonical(candidate.library, error);
    if (error) throw Refusal("cannot be opened: " + error.message());
    check_folder(file.parent_path());
    const auto identity = read_elf_identity(file);
    compare(plugin.manifest, identity);
    for (const auto& list : allowlists) list.check(file);
  } catch (const Refusal& refusal) {
    candidate.reason = refusal.what();
    candidate.reinstall = refusal.reinstall();
  }
}

}  // namespace prefect_sqlalchemy
