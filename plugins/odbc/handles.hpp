// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <new>

#include <sql.h>
#include <sqlext.h>

namespace psa::odbc {

template <SQLSMALLINT type>
struct FreeHandle {
  void operator()(void* handle) const noexcept { SQLFreeHandle(type, handle); }
};
using Environment = std::unique_ptr<void, FreeHandle<SQL_HANDLE_ENV>>;
using Session = std::unique_ptr<void, FreeHandle<SQL_HANDLE_DBC>>;

/// An environment for ODBC 3. @throws std::bad_alloc
inline Environment new_environment() {
  SQLHANDLE handle = nullptr;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, nullptr, &handle))) throw std::bad_alloc();
  Environment environment(handle);
  SQLSetEnvAttr(handle, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  return environment;
}

}  // namespace psa::odbc
