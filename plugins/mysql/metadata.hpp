// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <psa/driver.h>

#include "result.hpp"

namespace psa::mysql {

/// psa_driver.metadata: information_schema's answer as an ordinary result. No schema named is the session's
/// own; all of them where it has none.
std::shared_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted);

}  // namespace psa::mysql
