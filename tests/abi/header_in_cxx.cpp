// The header in C++20: it compiles with designated initialisers, and the structs are what C has.
#include <cstring>
#include <type_traits>

#include "frozen_layout.h"

PSA_DRIVER_IDENTITY("cxx_program", "1.0.0", PSA_CAP_CANCEL);

template <typename... Types>
constexpr bool plain = (... && (std::is_standard_layout_v<Types> && std::is_trivial_v<Types>));
static_assert(
    plain<psa_string, psa_error, psa_host, psa_call, psa_option, psa_option_info, psa_address,
          psa_connection_args, psa_connection_state, psa_wait, psa_begin, psa_execute, psa_result_info,
          psa_fetch, psa_batch, psa_ingest, psa_metadata, psa_lexical, psa_driver, psa_identity>);
static_assert(std::is_same_v<decltype(&psa_driver_entry_v1), psa_driver_entry>);

PSA_DRIVER_ENTRY(cxx_program)(const psa_host*, psa_driver* out, void*) {
  out->abi_minor = PSA_ABI_MINOR;
  return PSA_OK;
}

int main() {
  const psa_call call{.struct_size = PSA_INIT(psa_call), .reserved = 0, .sink = nullptr, .deadline = 0};
  psa_driver table{PSA_INIT(psa_driver)};
  const bool filled =
      psa_driver_entry_v1(nullptr, &table, nullptr) == PSA_OK && table.abi_minor == PSA_ABI_MINOR;
  const bool named = std::strcmp(psa_identity_of_this_driver.name, "cxx_program") == 0;
  return filled && named && PSA_HAS(psa_call, &call, deadline) ? 0 : 1;
}
