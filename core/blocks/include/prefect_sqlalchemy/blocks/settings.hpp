#pragma once

#include <filesystem>

#include <prefect_sqlalchemy/sql/url.hpp>

/// Where this library keeps what it stores. Read from the environment at each call.
/// Threads: any, while none changes the environment.
namespace prefect {

/// $PREFECT_HOME, or ~/.prefect; an absolute path. The folder is created, for its owner alone (0700), when
/// it is not there. Also Python's Prefect keeps its files there; they are left alone.
/// @throws ArgumentError  neither $PREFECT_HOME nor a home folder is known
/// @throws StoreError     it cannot be created, or is no folder
PREFECT_SQLALCHEMY_API std::filesystem::path prefect_home();

/// The database URL of the local store: $PREFECT_SQLALCHEMY_STORE_URL, or the SQLite file
/// `prefect-sqlalchemy.db` in prefect_home().
/// @throws ArgumentError  the variable holds no database URL
/// @throws as prefect_home(), which is not asked for when the variable is set
PREFECT_SQLALCHEMY_API prefect_sqlalchemy::URL store_url();

}  // namespace prefect
