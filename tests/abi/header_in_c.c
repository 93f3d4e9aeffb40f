/* A C11 program that fills a driver's table and reads it as a host does. */
#include <stdio.h>
#include <string.h>

#include "frozen_layout.h"

PSA_DRIVER_IDENTITY("c_program", "1.0.0", PSA_CAP_CANCEL | PSA_CAP_DEADLINE);

static char reported[64];

static void report(void* sink, const psa_error* error) {
  (void)sink;
  if (PSA_HAS(psa_error, error, message) && error->message.size < sizeof reported) {
    memcpy(reported, error->message.data, error->message.size);
  }
}

static void connection_release(psa_connection* connection) { (void)connection; }

PSA_DRIVER_ENTRY(c_program)(const psa_host* host, psa_driver* out, void* sink) {
  if (host->abi_minor != PSA_ABI_MINOR) {
    psa_error error = {PSA_INIT(psa_error)};
    error.message.data = "another minor";
    error.message.size = strlen(error.message.data);
    host->report(sink, &error);
    return PSA_NOT_SUPPORTED;
  }
  out->abi_minor = PSA_ABI_MINOR;
  if (PSA_HAS(psa_driver, out, connection_release)) out->connection_release = connection_release;
  if (PSA_HAS(psa_driver, out, metadata)) out->metadata = NULL;
  return PSA_OK;
}

static int failures;

static void expect(int condition, const char* text) {
  if (condition) return;
  ++failures;
  fprintf(stderr, "not so: %s\n", text);
}

int main(void) {
  psa_driver_entry entry = psa_driver_entry_v1;
  psa_host host = {PSA_INIT(psa_host), PSA_ABI_MINOR, report};
  psa_driver table = {PSA_INIT(psa_driver)};
  expect(entry(&host, &table, NULL) == PSA_OK, "the entry fills a table");
  expect(table.connection_release == connection_release, "the table holds what was put in");

  /* A host of an older minor has room for less: nothing is written beyond it. */
  psa_driver older = {PSA_INIT(psa_driver)};
  older.struct_size = offsetof(psa_driver, connection_release);
  expect(entry(&host, &older, NULL) == PSA_OK, "the entry fills a shorter table");
  expect(older.connection_release == NULL, "the entry keeps to the room it is given");

  host.abi_minor = PSA_ABI_MINOR + 1;
  expect(entry(&host, &table, NULL) == PSA_NOT_SUPPORTED, "the entry refuses another minor");
  expect(strcmp(reported, "another minor") == 0, "the host hears why");

  expect(!PSA_HAS(psa_driver, &older, connection_release), "PSA_HAS ends where the struct does");
  expect(PSA_HAS(psa_driver, &older, connection_new), "PSA_HAS knows what is inside");
  expect(memcmp(psa_identity_of_this_driver.magic, PSA_IDENTITY_MAGIC, 8) == 0, "the identity has its magic");
  expect(psa_identity_of_this_driver.abi_major == PSA_ABI_MAJOR, "the identity has its ABI");
  return failures != 0;
}
