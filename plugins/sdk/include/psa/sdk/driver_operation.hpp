// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <psa/driver.h>
#include <psa/sdk/guard.hpp>

namespace psa {

/// One operation, as Driver::operate gets it: `run()` calls the member, `store(value)` hands its value to
/// the host. It may be copied, and run after the call has returned PSA_PENDING; the object that it works on
/// must live so long.
template <class Run, class Store>
struct DriverOperation {
  static constexpr bool has_value = !std::is_same_v<Store, std::nullptr_t>;

  void operator()() const {
    if constexpr (has_value)
      store(run());
    else
      run();
  }

  Run run;
  Store store;
};

/// For drivers whose operations simply take as long as they take: the base of their Driver.
struct DirectOperations {
  /// Runs the operation of the Connection, Statement or Result `object`. @return its status
  template <class Object, class Operation>
  static int32_t operate(Object&, const psa_call& call, const Operation& operation) noexcept {
    return guard(call.sink, operation);
  }
};

}  // namespace psa
