#include "driver.hpp"

namespace csv {

PSA_DRIVER_IDENTITY("csv", PSA_PLUGIN_VERSION, psa::driver_capabilities<Driver>());

}  // namespace csv

extern "C" PSA_DRIVER_ENTRY(csv)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<csv::Driver>(host, out, sink);
}
