// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include <psa/driver.h>
#include <psa/sdk/options.hpp>

namespace psa::sqlite {

class Connection;
struct Settings;

/// What this source is built on: SQLite (product.cpp), or SQLCipher (../sqlcipher/product.cpp).

/// The client library's name and version: "SQLite 3.40.1".
std::string product_version();

/// All options of the product: common_options, and its own.
std::span<const psa_option_info> known_options() noexcept;

/// Reads into `settings`, which has all else, what the product alone has.
/// @throws DriverError  PSA_INVALID_ARGUMENT: what it lacks was given, or what it needs was not
void read_product_settings(const psa_connection_args& args, const Options& options, Settings& settings);

/// Called with a database that has just been opened, of which nothing has been read.
/// @throws DriverError  its pages cannot be read
void unlock(Connection& connection, Settings& settings);

}  // namespace psa::sqlite
