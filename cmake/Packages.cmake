# Debian packages, one for each component: `cpack` in the build folder, or `cmake --workflow --preset package`.
# All have one version. What a package's programs are linked with, dpkg-shlibdeps finds out; so a database's client
# is asked for by the package of its plugin alone. Every plugin that is built becomes a package: its component is
# driver_NAME, and its package is the one that its manifest names.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME prefect-sqlalchemy)
set(CPACK_PACKAGE_VENDOR prefect-sqlalchemy)
set(CPACK_PACKAGE_CONTACT "prefect-sqlalchemy developers <prefect-sqlalchemy@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})  # the library, not installed yet
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

# psa_package(component package description [DEPENDS component...] [PACKAGES package...] [SUGGESTS package...])
function(psa_package component package description)
  cmake_parse_arguments(arg "" "" "DEPENDS;PACKAGES;SUGGESTS" ${ARGN})
  string(TOUPPER ${component} upper)
  string(REGEX REPLACE "\n *" " " description "${description}")
  list(JOIN arg_PACKAGES ", " packages)
  list(JOIN arg_SUGGESTS ", " suggests)
  foreach(setting
          "CPACK_DEBIAN_${upper}_PACKAGE_NAME;${package}"
          "CPACK_COMPONENT_${upper}_DESCRIPTION;${description}"
          "CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS;${packages}"
          "CPACK_DEBIAN_${upper}_PACKAGE_SUGGESTS;${suggests}")
    list(POP_FRONT setting name)
    set(${name} "${setting}" PARENT_SCOPE)
  endforeach()
  set(CPACK_COMPONENT_${upper}_DEPENDS ${arg_DEPENDS} PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

set(CPACK_COMPONENTS_ALL "")
psa_package(library libprefect-sqlalchemy0 "The library: blocks, flows and tasks, and one way to run statements on any
 database. Its drivers are packages of their own.")
psa_package(driver_sdk prefect-sqlalchemy-driver-sdk "For those who write drivers: the driver interface (psa/driver.h), what
 drivers in C++ are built on, and CMake's psa_add_driver_plugin().")
psa_package(development libprefect-sqlalchemy-dev "For programs that use the library: headers, archives, and files for CMake
 and pkg-config."
            DEPENDS library driver_sdk PACKAGES libboost1.81-dev libboost-json1.81-dev
            SUGGESTS libboost-context1.81-dev libspdlog-dev libsodium-dev libcurl4-openssl-dev libtomlplusplus-dev)
if(TARGET psa)
  psa_package(psa prefect-sqlalchemy "The psa command: runs statements on any database, copies tables between them, shows
 blocks and runs, and explains why a driver is not found."
              DEPENDS library)
endif()
if(TARGET psa_conformance)
  psa_package(conformance prefect-sqlalchemy-driver-conformance "For those who write drivers: psa-conformance, which
 checks whether a finished driver plugin keeps the rules of the driver interface."
              DEPENDS library)
endif()
get_property(plugins GLOBAL PROPERTY PSA_DRIVER_PLUGINS)
foreach(plugin IN LISTS plugins)
  string(REGEX REPLACE "^psa_" "" component ${plugin})
  get_property(package GLOBAL PROPERTY PSA_PACKAGE_OF_${component})
  if(package)
    string(REGEX REPLACE "^driver_" "" name ${component})
    psa_package(${component} ${package} "The driver plugin ${name}, which the library finds by itself once it is installed."
                DEPENDS library)
  endif()
endforeach()
include(CPack)
