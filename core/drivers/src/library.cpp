#include "library.hpp"

#include <array>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>

#include <prefect_sqlalchemy/drivers/error_sink.hpp>

#include "manifest.hpp"
#include "refusal.hpp"

namespace prefect_sqlalchemy {
namespace {

std::string copy(const psa_string& text) {
  return text.data ? std::string(text.data, text.size) : std::string();
}

// True if every function a table must have, or a claimed capability needs, is there; else names one.
struct Need {
  std::uint64_t capability;  // 0: always
  bool there;
  std::string_view function;
};

void check_functions(const psa_driver& table) {
#define PSA_NEED(capability, function) \
  Need { capability, table.function != nullptr, #function }
  const std::array needs{
      PSA_NEED(0, connection_new),
      PSA_NEED(0, connection_release),
      PSA_NEED(0, connection_connect),
      PSA_NEED(0, connection_state),
      PSA_NEED(0, connection_lexical),
      PSA_NEED(0, statement_prepare),
      PSA_NEED(0, statement_release),
      PSA_NEED(0, statement_execute),
      PSA_NEED(0, result_release),
      PSA_NEED(0, result_info),
      PSA_NEED(0, result_schema),
      PSA_NEED(0, result_next),
      PSA_NEED(PSA_CAP_NONBLOCKING, connection_wait_for),
      PSA_NEED(PSA_CAP_NONBLOCKING, connection_resume),
      PSA_NEED(PSA_CAP_CANCEL, cancel_new),
      PSA_NEED(PSA_CAP_CANCEL, cancel_release),
      PSA_NEED(PSA_CAP_CANCEL, cancel),
      PSA_NEED(PSA_CAP_TRANSACTIONS, transaction_begin),
      PSA_NEED(PSA_CAP_TRANSACTIONS, transaction_commit),
      PSA_NEED(PSA_CAP_TRANSACTIONS, transaction_rollback),
      PSA_NEED(PSA_CAP_SAVEPOINTS, transaction_savepoint),
      PSA_NEED(PSA_CAP_SEVERAL_RESULTS, result_next_result),
      PSA_NEED(PSA_CAP_PARAMETER_TYPES, statement_parameters),
      PSA_NEED(PSA_CAP_INGEST, ingest),
      PSA_NEED(PSA_CAP_METADATA, metadata),
  };
#undef PSA_NEED
  for (const auto& need : needs) {
    if (need.there) continue;
    const std::string function(need.function);
    if (need.capability == 0) throw Refusal("its table lacks the required function " + function);
    if ((table.capabilities & need.capability) != 0) {
      throw Refusal("it claims the capability " + capability_names(need.capability).front() +
                    " and its table lacks " + function);
    }
  }
}

std::string refusal_text(std::int32_t status, const ErrorSink& sink) {
  const auto* report = sink.report();
  if (!report || report->message.empty()) {
    return "its entry function refused without saying why (status " + std::to_string(status) + ")";
  }
  auto text = "its entry function refused: " + report->message;
  if (!report->detail.empty()) text += "; " + report->detail;
  if (!report->hint.empty()) text += "; " + report->hint;
  return text;
}

}  // namespace

const psa_host& host_table() noexcept {
  static const psa_host host = {PSA_INIT(psa_host), PSA_ABI_MINOR, &ErrorSink::report};
  return host;
}

psa_driver_entry open_library(const std::filesystem::path& path) {
  // Never destroyed: a Boost.DLL handle closes its library.
  static auto& kept_open = *new std::vector<boost::dll::shared_library>();
  namespace load_mode = boost::dll::load_mode;
  boost::dll::shared_library library;
  std::error_code error;
  library.load(path, load_mode::rtld_now | load_mode::rtld_local, error);
  if (error) {
    // Boost.DLL's own code says "bad file descriptor" whatever happened; the loader's words say what did.
    const char* reason = ::dlerror();
    throw Refusal("cannot be loaded: " + (reason ? std::string(reason) : error.message()));
  }
  const bool has_entry = library.has(PSA_DRIVER_ENTRY_SYMBOL);
  kept_open.push_back(std::move(library));
  if (!has_entry) throw Refusal("does not export " PSA_DRIVER_ENTRY_SYMBOL ", a driver's entry function");
  return &kept_open.back().get<std::int32_t(const psa_host*, psa_driver*, void*)>(PSA_DRIVER_ENTRY_SYMBOL);
}

LoadedPlugin call_entry(psa_driver_entry entry) {
  LoadedPlugin plugin;
  auto& table = plugin.table;
  table.struct_size = PSA_INIT(psa_driver);
  ErrorSink sink;
  std::int32_t status = PSA_ERROR;
  try {
    status = entry(&host_table(), &table, &sink);
  } catch (const std::exception& thrown) {
    throw Refusal("its entry function threw an exception: " + std::string(thrown.what()));
  } catch (...) {
    throw Refusal("its entry function threw an exception");
  }
  if (status != PSA_OK) throw Refusal(refusal_text(status, sink));
  if (table.struct_size != sizeof(psa_driver))
    throw Refusal("its entry function changed the table's struct_size");
  if (table.abi_minor > PSA_ABI_MINOR) {
    throw Refusal("its table is of ABI " + std::to_string(PSA_ABI_MAJOR) + "." +
                  std::to_string(table.abi_minor) + "; this library speaks " + std::to_string(PSA_ABI_MAJOR) +
                  "." + std::to_string(PSA_ABI_MINOR));
  }
  check_functions(table);
  plugin.name = copy(table.name);
  plugin.version = copy(table.version);
  plugin.client = copy(table.client);
  if (plugin.name.empty() || plugin.version.empty()) throw Refusal("its table lacks its name or version");
  return plugin;
}

}  // namespace prefect_sqlalchemy
