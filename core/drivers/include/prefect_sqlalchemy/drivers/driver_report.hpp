#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// A shared library that a plugin needs and the system's loader does not find.
struct MissingLibrary {
  std::string name;                 ///< "libpq.so.5"
  std::filesystem::path needed_by;  ///< the plugin's library, or one that it needs
};

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
  /// Those that keep it from being loaded. Looked for when one driver is asked for, not when all are listed.
  std::vector<MissingLibrary> missing_libraries;
};

/// One folder that was searched.
struct SearchedFolder {
  std::filesystem::path path;        ///< empty: the plugins linked into the program
  std::string origin;                ///< who named it: "PREFECT_SQLALCHEMY_DRIVER_PATH", "compiled in"
  std::string problem;               ///< "does not exist" or another reason; empty if it could be read
  std::vector<std::string> plugins;  ///< what it holds, as plugin names in order
};

/// One environment variable that decides about drivers and is set.
struct SeenVariable {
  std::string name;
  std::string value;
  std::string ignored;  ///< why it has no effect; empty if it has one
};

/// What a search for one driver name saw.
struct DriverReport {
  std::string name;                         ///< as asked for
  std::vector<DriverCandidate> candidates;  ///< plugins that serve it; the first decides
  std::vector<SearchedFolder> folders;      ///< in the order of the search
  std::vector<std::string> ignored;         ///< environment variables that a privileged process ignores
  std::vector<std::string> near_matches;    ///< names that may have been meant, nearest first
  std::string install_hint;                 ///< a command line; empty where none is known
  std::vector<SeenVariable> variables;
  std::vector<std::filesystem::path> allowlists;  ///< files that pin what may be loaded
  std::string switched_off;  ///< who allows only drivers linked into the program; empty: nobody

  /// The report as lines of text without a line feed at the end: what is wrong, what to install, where was
  /// searched. Holds no URL and no password.
  PREFECT_SQLALCHEMY_API std::string text() const;
  /// The same at length, for those who look for the reason: every candidate with its files and its verdict,
  /// every folder with who named it, every environment variable seen.
  PREFECT_SQLALCHEMY_API std::string explanation() const;
};

}  // namespace prefect_sqlalchemy
