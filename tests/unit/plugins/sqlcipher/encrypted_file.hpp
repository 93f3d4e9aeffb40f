// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

/// A file for an encrypted database, which is not there yet.
class EncryptedFile : public testing::Test {
 protected:
  driver_client::Connection open(const std::string& password, driver_client::Options options = {}) const {
    return driver_client::open({{}, password, {}, path_, 0, std::move(options)});
  }
  /// Why it cannot be opened so.
  psa::DriverError refusal(const std::string& password, const driver_client::Options& options = {}) const {
    return driver_client::error_of([&] { open(password, options); });
  }
  /// Makes it, with one row.
  void make(const std::string& password, const driver_client::Options& options = {}) const {
    const auto db = open(password, options);
    driver_client::run(db, "CREATE TABLE t (v)");
    driver_client::run(db, "INSERT INTO t VALUES ('kept')");
  }

  const test_support::TemporaryFolder folder_;
  const std::string path_ = folder_.path() / "x.db";
};
