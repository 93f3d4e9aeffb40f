# How everything here is compiled: warnings, sanitizers, the Dev build type.

set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_DEV "${CMAKE_CXX_FLAGS_DEV}")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Privately linked by every target of the project, never exported.
add_library(psa_compile INTERFACE)
target_include_directories(psa_compile INTERFACE ${CMAKE_CURRENT_LIST_DIR}/include)  # psa_sanitizers.hpp
# A unity build puts sources into one file: what is private to one then looks as if it came from a header, and
# hides names of another.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(psa_shadow -Wshadow=local $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
else()
  set(psa_shadow -Wshadow)
endif()
target_compile_options(psa_compile INTERFACE -Wall -Wextra -Wpedantic ${psa_shadow}
                       $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
                       # Designated initialisers leave members out on purpose.
                       -Wno-missing-field-initializers
                       # GCC 12 sees overlaps, overreads and dangling pointers inside of std::string and
                       # Boost.JSON that are not there (its bug 105651 and kin); sanitizers look for real ones.
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overread
                       -Wno-stringop-overflow -Wno-dangling-pointer -Wno-maybe-uninitialized>
                       $<$<BOOL:${PSA_WERROR}>:-Werror>)

if(PSA_SANITIZE)
  add_compile_options(-fsanitize=${PSA_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PSA_SANITIZE})
  if(PSA_SANITIZE MATCHES thread)  # it does not understand Asio's fences, and sees its mutexes
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()
