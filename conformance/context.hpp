// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prefect_sqlalchemy/drivers/driver.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

#include "plugin_file.hpp"
#include "traits.hpp"

namespace psa_conformance {

/// What a run is about. One for each process; set before any check runs.
struct Context {
  PluginFile plugin;
  prefect_sqlalchemy::URL url;
  Traits traits;
  /// Of the checks that run now: operations may answer PSA_PENDING.
  bool nonblocking = false;
};
Context& context();
inline const Traits& traits() { return context().traits; }

/// The plugin, loaded by the core's loader when it is first asked for.
/// @throws Failed  the loader refuses it, or takes another one in its place
const prefect_sqlalchemy::Driver& driver();
inline const psa_driver& table() { return driver().table(); }

}  // namespace psa_conformance
