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
                       -fno-plt  # one line of code less for each function of another library that is called
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

# scripts/train: built twice, the second time laid out by what ran when the first was tried out. Code that is called
# once in a while, between waits for a server, takes most of its time to come into the caches.
if(PSA_PROFILE)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    message(FATAL_ERROR "PSA_PROFILE needs GCC; this is ${CMAKE_CXX_COMPILER_ID}")
  endif()
  set(psa_profile_folder ${PROJECT_BINARY_DIR}/profile)
  if(PSA_PROFILE STREQUAL generate)
    add_compile_options(-fprofile-generate=${psa_profile_folder} -fprofile-update=prefer-atomic)
    add_link_options(-fprofile-generate)
  elseif(PSA_PROFILE STREQUAL use)
    # What did not run then is compiled as if there were no profile, and what ran seldom beside the loops over
    # millions of rows as what ran often, instead of both for size.
    add_compile_options(-fprofile-use=${psa_profile_folder} -fprofile-partial-training -Wno-missing-profile
                        --param=hot-bb-count-ws-permille=1000)
  else()
    message(FATAL_ERROR "PSA_PROFILE is \"${PSA_PROFILE}\", but may be generate or use")
  endif()
endif()
