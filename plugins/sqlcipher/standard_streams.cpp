// SPDX-License-Identifier: Apache-2.0
//
// The archive of SQLCipher is compiled for programs: it takes the address of the C library's stdout and
// stderr as only a program may (PRAGMA cipher_profile writes there). The linker's --wrap leads those accesses
// here, to pointers that are the plugin's own.
#include <cstdio>

extern "C" {
extern FILE* __real_stdout;
extern FILE* __real_stderr;
FILE* __wrap_stdout = nullptr;
FILE* __wrap_stderr = nullptr;
}

namespace {

[[gnu::constructor]] void set_standard_streams() {
  __wrap_stdout = __real_stdout;
  __wrap_stderr = __real_stderr;
}

}  // namespace
