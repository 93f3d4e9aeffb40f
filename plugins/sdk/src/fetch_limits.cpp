// SPDX-License-Identifier: Apache-2.0
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/fetch_limits.hpp>

namespace psa {

void check_limits(const psa_fetch& fetch) {
  if (fetch.min_rows < 1 || fetch.max_rows < fetch.min_rows || fetch.max_bytes < 1)
    throw invalid_argument(
        "a fetch needs min_rows and max_bytes of 1 or more, and max_rows of min_rows or more");
}

}  // namespace psa
