// SPDX-License-Identifier: Apache-2.0
#include "product.hpp"

#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

#include "common_options.hpp"

namespace psa::sqlite {

std::string product_version() { return std::string("SQLite ") + sqlite3_libversion(); }

std::span<const psa_option_info> known_options() noexcept { return common_options; }

void read_product_settings(const psa_connection_args& args, const Options&, Settings&) {
  if (!view(args.password).empty())
    throw invalid_argument("SQLite has no passwords")
        .with_hint("leave it out; for an encrypted database use the driver sqlite+pysqlcipher");
}

void unlock(Connection&, Settings&) {}

}  // namespace psa::sqlite
