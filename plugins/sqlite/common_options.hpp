// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <psa/sdk/options.hpp>

namespace psa::sqlite {

/// The options that a URL's query or connect_args may hold, whatever the product.
inline constexpr std::array common_options = {
    option_info("timeout", PSA_TYPE_DOUBLE, "5", "",
                "seconds to wait for a lock that another connection holds"),
    option_info("mode", PSA_TYPE_TEXT, "rwc", "ro|rw|rwc|memory",
                "read only, read and write, also create the file, or keep the database in memory"),
    option_info("cache", PSA_TYPE_TEXT, "", "shared|private", "share the page cache within this process"),
    option_info("foreign_keys", PSA_TYPE_BOOL, "", "",
                "enforce foreign keys; SQLite's own default if not given"),
    option_info("journal_mode", PSA_TYPE_TEXT, "", "delete|truncate|persist|memory|wal|off",
                "how transactions are made safe; as the file has it if not given"),
    option_info("isolation_level", PSA_TYPE_TEXT, "deferred", "deferred|immediate|exclusive",
                "when a transaction takes its locks, as the word after BEGIN"),
    option_info("uri", PSA_TYPE_BOOL, "false", "", "the database is a file: URI"),
    option_info("immutable", PSA_TYPE_BOOL, "false", "",
                "nobody changes the file: no locks, no change detection"),
    option_info("nolock", PSA_TYPE_BOOL, "false", "",
                "take no file locks; the program must see to it itself"),
    option_info("vfs", PSA_TYPE_TEXT, "", "", "name of the SQLite VFS that opens the file"),
    option_info("check_same_thread", PSA_TYPE_BOOL, "", "", "taken from pysqlite's URLs; has no effect"),
};

}  // namespace psa::sqlite
