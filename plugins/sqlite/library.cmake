# psa_sqlite_library(OUT library): what the SQLite of `library`, an imported target, has beyond the oldest that the
# sources know (3.15). Sets OUT_DEFINES, PSA_SQLITE_HAS_* for library.hpp, and OUT_SOURCES, what they need instead.
include(CheckCXXSourceCompiles)
include(CheckSymbolExists)

function(psa_sqlite_library out library)
  set(CMAKE_REQUIRED_LIBRARIES ${library})
  set(defines "")
  foreach(symbol sqlite3_prepare_v3 sqlite3_changes64 sqlite3_error_offset SQLITE_STMTSTATUS_REPREPARE)
    string(TOUPPER ${symbol} feature)
    string(REGEX REPLACE "^SQLITE3?_" "" feature ${feature})
    check_symbol_exists(${symbol} sqlite3.h ${out}_HAS_${feature})
    if(${out}_HAS_${feature})
      list(APPEND defines PSA_SQLITE_HAS_${feature})
    endif()
  endforeach()
  # SQL, which no symbol shows: pragma functions came with 3.16, and pragma_table_xinfo with 3.26.
  check_cxx_source_compiles("#include <sqlite3.h>
static_assert(SQLITE_VERSION_NUMBER >= 3026000);
int main() { return 0; }" ${out}_HAS_PRAGMA_FUNCTIONS)
  set(sources "")
  if(${out}_HAS_PRAGMA_FUNCTIONS)
    list(APPEND defines PSA_SQLITE_HAS_PRAGMA_FUNCTIONS)
  else()
    set(sources pragma_functions.cpp)
  endif()
  set(${out}_DEFINES ${defines} PARENT_SCOPE)
  set(${out}_SOURCES ${sources} PARENT_SCOPE)
endfunction()
