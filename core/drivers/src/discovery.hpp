#pragma once

#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>

#include "allowlist.hpp"
#include "manifest.hpp"
#include "search_plan.hpp"

namespace prefect_sqlalchemy {

/// A plugin that a folder holds, as its manifest tells.
struct FoundPlugin {
  DriverCandidate candidate;
  Manifest manifest;
};

/// What all folders hold.
struct Scan {
  std::vector<SearchedFolder> folders;
  std::vector<FoundPlugin> plugins;  ///< in the order of the search
};

/// Reads every manifest in the folders of a plan. No plugin is opened.
Scan scan_folders(const std::vector<FolderToSearch>& folders);

/// Whether the plugin is meant for this driver name. A manifest too broken to tell is judged by its file's
/// name, so that it is not passed over in silence.
bool serves(const FoundPlugin& plugin, std::string_view driver_name);

/// Compares the plugin's library with its manifest, with this process and with every allow-list, and writes
/// what speaks against it into the candidate's reason. Nothing of the plugin runs.
void examine(FoundPlugin& plugin, const std::vector<Allowlist>& allowlists);

}  // namespace prefect_sqlalchemy
