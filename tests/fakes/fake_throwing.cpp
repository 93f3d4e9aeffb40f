// A driver without a guard: its entry function lets an exception out.
#include <stdexcept>

#include <psa/driver.h>

PSA_DRIVER_IDENTITY("fake_throwing", PSA_PLUGIN_VERSION, 0);

PSA_DRIVER_ENTRY(fake_throwing)(const psa_host*, psa_driver*, void*) {
  throw std::runtime_error("thrown out of the entry");
}
