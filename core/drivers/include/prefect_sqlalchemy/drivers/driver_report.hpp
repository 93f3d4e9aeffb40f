#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// One plugin that was found, usable or not. Nothing of it has run.
struct DriverCandidate {
  std::string plugin;                ///< its name; of a broken manifest, the file's without ".json"
  std::string version;               ///< empty where unknown, as the texts below
  std::filesystem::path manifest;    ///< empty for a plugin linked into the program
  std::filesystem::path library;     ///< absolute; empty for a plugin linked into the program
  std::vector<std::string> drivers;  ///< names it serves; empty where its manifest cannot be read
  std::string package;               ///< the package it came in
  std::string reason;                ///< why it cannot be used; empty if nothing speaks against it
  bool reinstall = false;            ///< whether installing its package again may mend the reason
};

/// One folder that was searched.
struct SearchedFolder {
  std::filesystem::path path;        ///< empty: the plugins linked into the program
  std::string origin;                ///< who named it: "PREFECT_SQLALCHEMY_DRIVER_PATH", "compiled in"
  std::string problem;               ///< "does not exist" or another reason; empty if it could be read
  std::vector<std::string> plugins;  ///< what it holds, as plugin names in order
};

/// What a search for one driver name saw.
struct DriverReport {
  std::string name;                         ///< as asked for
  std::vector<DriverCandidate> candidates;  ///< plugins that serve it; the first decides
  std::vector<SearchedFolder> folders;      ///< in the order of the search
  std::vector<std::string> ignored;         ///< environment variables that a privileged process ignores
  std::vector<std::string> near_matches;    ///< names that may have been meant, nearest first
  std::string install_hint;                 ///< a command line; empty where none is known

  /// The report as lines of text without a line feed at the end: what is wrong, what to install, where was
  /// searched. Holds no URL and no password.
  PREFECT_SQLALCHEMY_API std::string text() const;
};

}  // namespace prefect_sqlalchemy
