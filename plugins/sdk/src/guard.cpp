// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <new>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/text.hpp>

namespace psa {
namespace {

using Report = void (*)(void*, const psa_error*);
std::atomic<Report> remembered_report{nullptr};

void report(void* sink, psa_error error) noexcept {
  error.struct_size = PSA_INIT(psa_error);
  if (Report to_host = remembered_report.load(std::memory_order_acquire)) to_host(sink, &error);
}

// Takes no memory, so that running out of it can be reported.
void report_plain(void* sink, uint32_t category, std::string_view message) noexcept {
  psa_error error = {};
  error.category = category;
  error.sql_offset = error.parameter_row = error.parameter_column = -1;
  error.message = c_text(message);
  report(sink, error);
}

void report_error(void* sink, const DriverError& from) noexcept {
  psa_error error = {};
  error.category = from.category;
  error.flags = from.flags;
  error.vendor_code = from.vendor_code;
  error.sql_offset = from.sql_offset;
  error.parameter_row = from.parameter_row;
  error.parameter_column = from.parameter_column;
  error.sqlstate = c_text_or_none(from.sqlstate);
  error.message = c_text(from.message);
  error.detail = c_text_or_none(from.detail);
  error.hint = c_text_or_none(from.hint);
  error.schema = c_text_or_none(from.schema);
  error.table = c_text_or_none(from.table);
  error.column = c_text_or_none(from.column);
  error.constraint = c_text_or_none(from.constraint);
  error.context = c_text_or_none(from.context);
  report(sink, error);
}

}  // namespace

int32_t remember_host(const psa_host* host, void* sink) noexcept {
  if (host == nullptr || !PSA_HAS(psa_host, host, report)) return PSA_INVALID_ARGUMENT;
  remembered_report.store(host->report, std::memory_order_release);
  if (host->abi_minor + 1 > PSA_ABI_MINOR_MIN) return PSA_OK;  // written so for the minor 0, too
  try {
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                      "this driver needs ABI " + std::to_string(PSA_ABI_MAJOR) + "." +
                          std::to_string(PSA_ABI_MINOR_MIN) + " or newer, the program speaks " +
                          std::to_string(PSA_ABI_MAJOR) + "." + std::to_string(host->abi_minor));
  } catch (...) {
    return report_current_exception(sink);
  }
}

int32_t report_current_exception(void* sink) noexcept {
  try {
    throw;
  } catch (const DriverError& error) {
    report_error(sink, error);
    return error.status;
  } catch (const std::bad_alloc&) {
    report_plain(sink, PSA_CATEGORY_OPERATIONAL, "out of memory");
    return PSA_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    report_plain(sink, PSA_CATEGORY_INTERNAL, error.what());
    return PSA_ERROR;
  } catch (...) {
    report_plain(sink, PSA_CATEGORY_INTERNAL, "the driver failed in an unknown way");
    return PSA_ERROR;
  }
}

}  // namespace psa
