// SPDX-License-Identifier: Apache-2.0
#include "driver_under_test.hpp"

#include <psa/sdk/text.hpp>

namespace driver_client {
namespace {

void report(void* sink, const psa_error* from) {
  if (sink == nullptr) return;
  auto& to = *static_cast<Sink*>(sink);
  ++to.reports;
  to.error.category = from->category;
  to.error.flags = from->flags;
  to.error.vendor_code = from->vendor_code;
  to.error.sql_offset = from->sql_offset;
  to.error.parameter_row = from->parameter_row;
  to.error.parameter_column = from->parameter_column;
  to.error.sqlstate = psa::view(from->sqlstate);
  to.error.context = psa::view(from->context);
  to.error.message = psa::view(from->message);
  to.error.detail = psa::view(from->detail);
  to.error.hint = psa::view(from->hint);
  to.error.schema = psa::view(from->schema);
  to.error.table = psa::view(from->table);
  to.error.column = psa::view(from->column);
  to.error.constraint = psa::view(from->constraint);
}

}  // namespace

const psa_driver& table() {
  static const psa_driver filled = [] {
    static const psa_host host{PSA_INIT(psa_host), PSA_ABI_MINOR, &report};
    psa_driver driver{PSA_INIT(psa_driver)};
    Sink sink;
    expect_ok(driver_under_test().entry(&host, &driver, &sink), sink);
    return driver;
  }();
  return filled;
}

void expect_ok(int32_t status, const Sink& sink) {
  if (status == PSA_OK) return;
  psa::DriverError error = sink.error;
  error.status = status;
  if (sink.reports != 1)
    error.message = "reported " + std::to_string(sink.reports) + " times: " + error.message;
  throw error;
}

}  // namespace driver_client
