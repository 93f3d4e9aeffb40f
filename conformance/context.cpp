// SPDX-License-Identifier: Apache-2.0
#include "context.hpp"

#include <cstdlib>

#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "check.hpp"

namespace psa_conformance {

Context& context() {
  static Context the_one;
  return the_one;
}

const prefect_sqlalchemy::Driver& driver() {
  static const prefect_sqlalchemy::Driver& loaded = []() -> const prefect_sqlalchemy::Driver& {
    const auto& library = context().plugin.library;
    ::setenv("PREFECT_SQLALCHEMY_DRIVER_PATH", library.parent_path().c_str(), 1);
    try {
      const auto& found = prefect_sqlalchemy::find_driver(context().url.drivername);
      require(std::filesystem::equivalent(found.library(), library),
              "the loader takes " + found.library().string() + " for " + context().url.drivername, "B4");
      return found;
    } catch (const prefect_sqlalchemy::MissingDriverError& error) {
      for (const auto& candidate : error.candidates())
        if (candidate.library.filename() == library.filename() && !candidate.reason.empty())
          throw Failed("the loader refuses it: " + candidate.reason, "B4");
      throw Failed(std::string("the loader does not find it: ") + error.what(), "B4");
    }
  }();
  return loaded;
}

}  // namespace psa_conformance
