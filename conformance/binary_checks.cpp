// SPDX-License-Identifier: Apache-2.0
//
// The file, its entry function and its table: rules B and L.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <dlfcn.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>
#include <psa/sdk/text.hpp>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "report.hpp"

namespace psa_conformance {
namespace {

const PluginFile& plugin() { return context().plugin; }

void check_exports() {
  std::string found;
  for (const auto& symbol : plugin().exported) found += (found.empty() ? "" : ", ") + symbol;
  require(found == PSA_DRIVER_ENTRY_SYMBOL, "it exports " + (found.empty() ? "nothing" : found));
}

template <std::size_t size>
std::string padded(const char (&text)[size]) {
  require(text[size - 1] == '\0', "a text of the identity is not terminated");
  return text;
}

void check_identity() {
  require(plugin().identity.has_value(), "it has no section " PSA_IDENTITY_SECTION);
  require(plugin().identity_is_loaded, "its identity is in a section that strip removes");
  const psa_identity& identity = *plugin().identity;
  require(std::memcmp(identity.magic, PSA_IDENTITY_MAGIC, sizeof identity.magic) == 0, "its magic is wrong");
  require(identity.struct_size >= sizeof identity, "its struct_size is too small");
  require(identity.abi_major == PSA_ABI_MAJOR && identity.abi_minor_min <= PSA_ABI_MINOR &&
              identity.abi_minor_min <= identity.abi_minor,
          "it names ABI " + std::to_string(identity.abi_major) + "." + std::to_string(identity.abi_minor));
  require(padded(identity.arch) == PSA_ARCH, "it names the architecture " + padded(identity.arch));
  const auto agrees = [](const std::string& in_identity, const char* key) {
    const std::string in_manifest = plugin().manifest_text(key);
    require(in_identity == in_manifest, std::string("its ") + key + " is \"" + in_identity + "\" and \"" +
                                            in_manifest + "\" in the manifest");
  };
  agrees(padded(identity.name), "name");
  agrees(padded(identity.version), "version");
  if (const auto* listed = plugin().manifest.if_contains("capabilities");
      listed != nullptr && listed->is_array()) {
    auto own = capability_names(identity.capabilities);
    std::vector<std::string> other;
    for (const auto& each : listed->as_array()) other.emplace_back(each.as_string());
    std::sort(own.begin(), own.end());
    std::sort(other.begin(), other.end());
    require(own == other, "identity and manifest differ in the capabilities");
  }
}

void check_loads() { driver(); }

psa_driver_entry entry() {
  void* const library = ::dlopen(plugin().library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Failed(std::string("it cannot be opened: ") + ::dlerror());
  void* const symbol = ::dlsym(library, PSA_DRIVER_ENTRY_SYMBOL);
  require(symbol != nullptr, "it has no " PSA_DRIVER_ENTRY_SYMBOL, "B1");
  return reinterpret_cast<psa_driver_entry>(symbol);
}

psa_driver fill(psa_driver_entry entry) {
  psa_driver table{PSA_INIT(psa_driver)};
  ErrorSink sink;
  examine(entry(&prefect_sqlalchemy::host(), &table, &sink), sink).expect_ok("the entry function");
  return table;
}

void check_table() {
  const psa_driver table = fill(entry());
  require(table.struct_size == sizeof table, "it changed the table's struct_size", "L1");
  require(table.abi_minor <= PSA_ABI_MINOR,
          "its table is of minor " + std::to_string(table.abi_minor) + ", newer than the host's");
  require(table.connection_new && table.connection_release && table.connection_connect &&
              table.connection_state && table.connection_lexical && table.statement_prepare &&
              table.statement_release && table.statement_execute && table.result_release &&
              table.result_info && table.result_schema && table.result_next,
          "it lacks a required function");
  const auto claims = [&](uint64_t capability, bool there, const char* what) {
    require((table.capabilities & capability) == 0 || there,
            std::string("it claims ") + what + " without functions");
  };
  claims(PSA_CAP_NONBLOCKING, table.connection_wait_for && table.connection_resume, "nonblocking");
  claims(PSA_CAP_CANCEL, table.cancel_new && table.cancel_release && table.cancel, "cancel");
  claims(PSA_CAP_TRANSACTIONS,
         table.transaction_begin && table.transaction_commit && table.transaction_rollback, "transactions");
  claims(PSA_CAP_SAVEPOINTS, table.transaction_savepoint != nullptr, "savepoints");
  claims(PSA_CAP_SEVERAL_RESULTS, table.result_next_result != nullptr, "several_results");
  claims(PSA_CAP_PARAMETER_TYPES, table.statement_parameters != nullptr, "parameter_types");
  claims(PSA_CAP_INGEST, table.ingest != nullptr, "ingest");
  claims(PSA_CAP_METADATA, table.metadata != nullptr, "metadata");
  if (!plugin().identity) return;
  require(psa::view(table.name) == padded(plugin().identity->name), "table and identity differ in the name");
  require(psa::view(table.version) == padded(plugin().identity->version),
          "table and identity differ in the version");
  require(table.capabilities == plugin().identity->capabilities,
          "table and identity differ in the capabilities");
}

void check_twice() {
  const psa_driver_entry enter = entry();
  const psa_driver first = fill(enter);
  std::vector<psa_driver> others(8);
  std::vector<std::string> failures(others.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < others.size(); ++i)
    threads.emplace_back([&, i] {
      try {
        others[i] = fill(enter);
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    });
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < others.size(); ++i) {
    require(failures[i].empty(), failures[i]);
    require(std::memcmp(&first, &others[i], sizeof first) == 0,
            "it fills the table otherwise when it is called again");
  }
}

// A host of another minor is refused in words, or gets a table that it can use.
void check_other_hosts() {
  const psa_driver_entry enter = entry();
  const auto ask = [&](uint32_t minor) {
    psa_host other = prefect_sqlalchemy::host();
    other.abi_minor = minor;
    psa_driver table{PSA_INIT(psa_driver)};
    ErrorSink sink;
    const Answer answer = examine(enter(&other, &table, &sink), sink);
    if (answer.ok()) require(table.abi_minor <= minor, "it fills a table newer than the host asked for");
    return answer;
  };
  ask(PSA_ABI_MINOR + 1).expect_ok("a host of a newer minor");
  if (plugin().identity && plugin().identity->abi_minor_min > 0)
    ask(plugin().identity->abi_minor_min - 1).expect_failure("a host older than abi_minor_min");
}

// Room for the table ends, for an older host, before this header's does; for a newer one behind it.
void check_room() {
  const psa_driver_entry enter = entry();
  for (const std::size_t size : {sizeof(psa_driver) - 2 * sizeof(void*), sizeof(psa_driver) - sizeof(void*),
                                 sizeof(psa_driver), sizeof(psa_driver) + 8 * sizeof(void*)}) {
    constexpr unsigned char mark = 0xA5;
    alignas(psa_driver) unsigned char room[sizeof(psa_driver) + 256];
    std::memset(room, 0, size);
    std::memset(room + size, mark, sizeof room - size);
    auto* const table = reinterpret_cast<psa_driver*>(room);
    table->struct_size = static_cast<uint32_t>(size);
    ErrorSink sink;
    examine(enter(&prefect_sqlalchemy::host(), table, &sink), sink);  // it may refuse
    const std::string said = "with room for " + std::to_string(size) + " bytes it ";
    require(table->struct_size == size, said + "changed struct_size", "L1");
    require(std::all_of(room + size, std::end(room), [](unsigned char byte) { return byte == mark; }),
            said + "wrote past their end");
    const std::size_t known = std::min(size, sizeof(psa_driver));
    require(std::all_of(room + known, room + size, [](unsigned char byte) { return byte == 0; }),
            said + "wrote members that its header does not have");
  }
}

void check_exit() {
  static Connection kept;  // outlives main, as an application's engine may
  kept = open();
  if (traits().has("one_row")) run(kept, traits().statement("one_row"));
}

}  // namespace

void add_binary_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)(),
                       bool ends = false) {
    checks.push_back({"binary", name, rules, about, run, ends});
  };
  add("exports", "B1", "exports its entry function and nothing else", check_exports);
  add("identity", "B3", "has an identity that agrees with its manifest and this machine", check_identity);
  add("loads", "B4", "is taken by the loader", check_loads);
  add("table", "B5", "fills the table with what it must have, as its identity says", check_table);
  add("entered-again", "B5", "fills the table alike when entered again, from several threads", check_twice);
  add("other-hosts", "B5", "refuses hosts of a minor that it does not fit, in words", check_other_hosts);
  add("room", "L2", "writes no further than the host's table goes", check_room);
  add("exit", "B4", "lets the process end while a connection is open", check_exit, true);
}

}  // namespace psa_conformance
