# How everything here is compiled: warnings, sanitizers, the Dev build type.

set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_DEV "${CMAKE_CXX_FLAGS_DEV}")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Privately linked by every target of the project, never exported.
add_library(psa_compile INTERFACE)
target_compile_options(psa_compile INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
                       # Designated initialisers leave members out on purpose. GCC 12 sees overlaps in
                       # std::string that are not there (its bug 105651).
                       -Wno-missing-field-initializers
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                       $<$<BOOL:${PSA_WERROR}>:-Werror>)

if(PSA_SANITIZE)
  add_compile_options(-fsanitize=${PSA_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PSA_SANITIZE})
endif()
