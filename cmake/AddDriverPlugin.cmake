# psa_add_driver_plugin(NAME name SOURCES file... DRIVERS driver...
#                       [VERSION version] [LINKS library...] [DEFINES definition...]
#                       [CAPABILITIES capability...] [PACKAGE package] [OUTPUT_DIRECTORY folder]
#                       [ENTRY file] [STATIC_TOO] [NO_INSTALL])
#
# Declares one driver plugin, as the target psa_driver_NAME: a module NAME.so that exports its entry
# function alone, and beside it the manifest NAME.json by which it is found. Both are put into
# prefect-sqlalchemy/drivers in the build tree, where programs of the build tree find them, and are
# installed as the component driver_NAME, which becomes the Debian package PACKAGE. Nothing else names the plugin.
# Elsewhere it comes with find_package(prefect_sqlalchemy COMPONENTS driver_sdk); a driver in C alone needs no C++.
#
#   DRIVERS       names that it serves, "sqlite+pysqlite"
#   VERSION       as in PSA_DRIVER_IDENTITY; the project's by default. Handed to the sources as
#                 PSA_PLUGIN_VERSION, a string literal.
#   CAPABILITIES  in the manifest's words (cancel, deadline, ...); compared with the identity if given
#   PACKAGE       for the install hint; prefect-sqlalchemy-driver-NAME by default
#   ENTRY         the source with PSA_DRIVER_ENTRY and PSA_DRIVER_IDENTITY, one of SOURCES; entry.cpp by default
#   STATIC_TOO    also the library psa_driver_NAME_static, whose entry is psa_NAME_driver_entry. Only ENTRY is
#                 compiled twice. Programs link it as prefect_sqlalchemy::driver_NAME, and register it by
#                 register_NAME() of <prefect_sqlalchemy/static_drivers/NAME.hpp>.
#   NO_INSTALL    for drivers that only tests use

include(GNUInstallDirs)

# The ABI's number as the header says it, for the manifest.
function(psa_read_abi out_major out_minor)
  get_property(header GLOBAL PROPERTY PSA_DRIVER_HEADER)  # set by the installed package
  if(NOT header)
    set(header ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../abi/include/psa/driver.h)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  foreach(part MAJOR MINOR)
    file(STRINGS ${header} line REGEX "^#define PSA_ABI_${part} [0-9]+$")
    string(REGEX REPLACE ".* " "" ${part} "${line}")
  endforeach()
  set(${out_major} ${MAJOR} PARENT_SCOPE)
  set(${out_minor} ${MINOR} PARENT_SCOPE)
endfunction()

function(psa_json_list out)
  list(TRANSFORM ARGN APPEND "\"")
  list(TRANSFORM ARGN PREPEND "\"")
  list(JOIN ARGN ", " joined)
  set(${out} "[${joined}]" PARENT_SCOPE)
endfunction()

# CMake code that makes the targets PkgConfig::NAME among the links known elsewhere, where pkg-config was not asked.
function(psa_pkg_config_targets out)
  set(code "")
  string(REGEX MATCHALL "PkgConfig::[A-Za-z0-9_]+" targets "${ARGN}")
  foreach(target IN LISTS targets)
    string(REGEX REPLACE "^PkgConfig::" "" name ${target})
    if(TARGET ${target})
      string(APPEND code "if(NOT TARGET ${target})\n  add_library(${target} INTERFACE IMPORTED)\n"
             "  target_link_libraries(${target} INTERFACE ${${name}_LIBRARIES})\nendif()\n")
    endif()
  endforeach()
  set(${out} "${code}" PARENT_SCOPE)
endfunction()

# What a program needs to link the driver: a header that registers it, and package files in this project's package.
function(psa_add_static_driver name)
  cmake_parse_arguments(arg "" "" "DRIVERS;LINKS" ${ARGN})
  set(target psa_driver_${name}_static)
  add_library(prefect_sqlalchemy::driver_${name} ALIAS ${target})
  psa_json_list(names ${arg_DRIVERS})
  string(REGEX REPLACE "^\\[(.*)\\]$" "{\\1}" names "${names}")
  set(include_folder ${CMAKE_CURRENT_BINARY_DIR}/include)
  file(CONFIGURE OUTPUT ${include_folder}/prefect_sqlalchemy/static_drivers/${name}.hpp @ONLY CONTENT [[#pragma once

#include <prefect_sqlalchemy/drivers/registry.hpp>

extern "C" std::int32_t psa_@name@_driver_entry(const psa_host* host, psa_driver* out, void* sink);

namespace prefect_sqlalchemy::static_drivers {

/// Makes the driver "@name@", linked into this program, known by its names. Harmless twice.
/// @throws ArgumentError  as register_static_driver
inline void register_@name@() {
  register_static_driver(@names@, psa_@name@_driver_entry);
}

}  // namespace prefect_sqlalchemy::static_drivers
]])
  target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${include_folder}>)
  if(NOT PSA_INSTALL OR NOT TARGET psa_driver_sdk)
    return()
  endif()
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/prefect_sqlalchemy/static_drivers)
  psa_pkg_config_targets(links ${arg_LINKS})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}-links.cmake
       "${links}include(\${CMAKE_CURRENT_LIST_DIR}/${name}-targets.cmake)\n")
  set_target_properties(${target} PROPERTIES EXPORT_NAME driver_${name})
  install(TARGETS ${target} EXPORT static_${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT static_${name} FILE ${name}-targets.cmake NAMESPACE prefect_sqlalchemy:: DESTINATION ${folder}
          COMPONENT development)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}-links.cmake DESTINATION ${folder} COMPONENT development)
  install(DIRECTORY ${include_folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endfunction()

function(psa_add_driver_plugin)
  cmake_parse_arguments(arg "STATIC_TOO;NO_INSTALL" "NAME;VERSION;PACKAGE;OUTPUT_DIRECTORY;ENTRY"
                        "SOURCES;DRIVERS;LINKS;DEFINES;CAPABILITIES" ${ARGN})
  foreach(needed NAME SOURCES DRIVERS)
    if(NOT arg_${needed})
      message(FATAL_ERROR "psa_add_driver_plugin needs ${needed}")
    endif()
  endforeach()
  if(NOT arg_VERSION)
    set(arg_VERSION ${PROJECT_VERSION})
  endif()
  if(NOT arg_PACKAGE)
    set(arg_PACKAGE prefect-sqlalchemy-driver-${arg_NAME})
  endif()
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/prefect-sqlalchemy/drivers)
    if(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
      set(arg_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/prefect-sqlalchemy/drivers)
    endif()
  endif()
  if(NOT arg_ENTRY)
    set(arg_ENTRY entry.cpp)
  endif()
  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/driver_exports.map)
  set(links $<BUILD_INTERFACE:prefect_sqlalchemy::abi> $<BUILD_INTERFACE:$<TARGET_NAME_IF_EXISTS:psa_compile>>
      ${arg_LINKS})
  set(sources_in_cxx ${arg_SOURCES})
  list(FILTER sources_in_cxx EXCLUDE REGEX "\\.c$")
  if(sources_in_cxx)  # a driver in C needs the header alone
    list(PREPEND links prefect_sqlalchemy::driver_sdk)
  endif()
  set(target psa_driver_${arg_NAME})
  set(targets ${target})
  if(arg_STATIC_TOO)  # what both are made of
    list(REMOVE_ITEM arg_SOURCES ${arg_ENTRY})
    add_library(${target}_objects OBJECT ${arg_SOURCES})
    list(APPEND targets ${target}_objects)
    set(arg_SOURCES ${arg_ENTRY} $<TARGET_OBJECTS:${target}_objects>)
  endif()

  add_library(${target} MODULE ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${arg_NAME} PREFIX "" SUFFIX ".so"
                        LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT_DIRECTORY})
  target_link_options(${target} PRIVATE LINKER:--version-script=${exports})
  if(NOT PSA_SANITIZE)  # clang's sanitizers leave their symbols to the program
    target_link_options(${target} PRIVATE LINKER:--no-undefined)
  endif()
  if(arg_STATIC_TOO)
    add_library(${target}_static STATIC ${arg_SOURCES})
    target_compile_definitions(${target}_static PRIVATE PSA_DRIVER_STATIC)
    list(APPEND targets ${target}_static)
  endif()
  foreach(each IN LISTS targets)
    set_target_properties(${each} PROPERTIES C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                          VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
    target_compile_definitions(${each} PRIVATE PSA_PLUGIN_VERSION="${arg_VERSION}" ${arg_DEFINES})
    target_link_libraries(${each} PRIVATE ${links})
  endforeach()

  psa_read_abi(major minor)
  psa_json_list(drivers ${arg_DRIVERS})
  set(capabilities "")
  if(arg_CAPABILITIES)
    psa_json_list(capabilities ${arg_CAPABILITIES})
    string(PREPEND capabilities ",\n  \"capabilities\": ")
  endif()
  # Written aside and copied when the module is linked, so that the two files appear together.
  set(manifest ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.json)
  file(CONFIGURE OUTPUT ${manifest} @ONLY CONTENT [[{
  "format": 1,
  "name": "@arg_NAME@",
  "version": "@arg_VERSION@",
  "library": "@arg_NAME@.so",
  "abi": {"major": @major@, "minor": @minor@},
  "drivers": @drivers@@capabilities@,
  "package": "@arg_PACKAGE@"
}
]])
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${manifest} ${exports})
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
                     COMMAND ${CMAKE_COMMAND} -E copy ${manifest} $<TARGET_FILE_DIR:${target}>)
  set_property(GLOBAL APPEND PROPERTY PSA_DRIVER_PLUGINS ${target})

  if(arg_STATIC_TOO AND NOT arg_NO_INSTALL)
    psa_add_static_driver(${arg_NAME} DRIVERS ${arg_DRIVERS} LINKS ${arg_LINKS})
  endif()
  # A project that is part of another installs nothing unasked.
  if(NOT arg_NO_INSTALL AND (PSA_INSTALL OR NOT DEFINED PSA_INSTALL))
    set(folder ${CMAKE_INSTALL_LIBDIR}/prefect-sqlalchemy/drivers)
    install(TARGETS ${target} LIBRARY DESTINATION ${folder} COMPONENT driver_${arg_NAME})
    install(FILES ${manifest} DESTINATION ${folder} COMPONENT driver_${arg_NAME})
    set_property(GLOBAL PROPERTY PSA_PACKAGE_OF_driver_${arg_NAME} ${arg_PACKAGE})
  endif()
endfunction()
