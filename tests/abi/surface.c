/* What crosses between host and driver, in one shared library: abidiff compares the one of today's header
 * with the one of a released header. A driver's table holds all functions, and through them all structs. */
#include <psa/driver.h>

PSA_EXPORT int32_t psa_surface_of_a_driver(const psa_host* host, psa_driver* out, void* sink);
int32_t psa_surface_of_a_driver(const psa_host* host, psa_driver* out, void* sink) {
  (void)host, (void)out, (void)sink;
  return PSA_OK;
}

PSA_EXPORT const psa_identity* psa_surface_of_a_file(void);
const psa_identity* psa_surface_of_a_file(void) { return 0; }
