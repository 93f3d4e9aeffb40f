# What is installed, by component. A driver's own component is declared by psa_add_driver_plugin().
#
#   library      the shared library
#   driver_sdk   psa/driver.h, what plugins are built on, psa_add_driver_plugin(); needs nothing else
#   development  headers, package files and archives of the library; needs library and driver_sdk
#   psa          the command (cli/)
#   conformance  psa-conformance, which checks drivers (conformance/)

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/prefect_sqlalchemy)
set(headers FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

install(TARGETS psa_abi psa_driver_sdk EXPORT sdk
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT driver_sdk
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT sdk FILE SdkTargets.cmake NAMESPACE prefect_sqlalchemy::
        DESTINATION ${package_folder} COMPONENT driver_sdk)
install(DIRECTORY abi/include/ plugins/sdk/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT driver_sdk ${headers})
install(FILES cmake/AddDriverPlugin.cmake cmake/driver_exports.map DESTINATION ${package_folder}
        COMPONENT driver_sdk)

install(TARGETS prefect_sqlalchemy EXPORT library
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS prefect_sqlalchemy_static EXPORT static
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(set Library Static)
  string(TOLOWER ${set} export)
  install(EXPORT ${export} FILE ${set}Targets.cmake NAMESPACE prefect_sqlalchemy::
          DESTINATION ${package_folder} COMPONENT development)
endforeach()
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development ${headers})
foreach(layer IN ITEMS base drivers sql blocks connector flows)
  install(DIRECTORY core/${layer}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
          ${headers})
endforeach()

# What the archive is linked with: packages for find_dependency(), and targets that pkg-config made here.
get_target_property(core_links prefect_sqlalchemy_static PSA_LINKS)
psa_pkg_config_targets(PSA_STATIC_TARGETS ${core_links})
set(PSA_STATIC_PACKAGES "")
set(boost_parts json)
set(known_packages Boost PkgConfig Threads)
foreach(link IN LISTS core_links)
  if(link MATCHES "^([^:]+)::(.+)$")
    set(package ${CMAKE_MATCH_1})
    set(part ${CMAKE_MATCH_2})
    if(package STREQUAL "Boost" AND NOT part STREQUAL "headers")
      list(APPEND boost_parts ${part})
    elseif(NOT package IN_LIST known_packages)
      string(APPEND PSA_STATIC_PACKAGES "    find_dependency(${package})\n")
      list(APPEND known_packages ${package})
    endif()
  endif()
endforeach()
list(REMOVE_DUPLICATES boost_parts)
list(JOIN boost_parts " " PSA_BOOST_PARTS)

configure_package_config_file(cmake/prefect_sqlalchemyConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/prefect_sqlalchemyConfig.cmake
                              INSTALL_DESTINATION ${package_folder} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/prefect_sqlalchemyConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/prefect_sqlalchemyConfig.cmake
              ${PROJECT_BINARY_DIR}/prefect_sqlalchemyConfigVersion.cmake
        DESTINATION ${package_folder} COMPONENT driver_sdk)

file(RELATIVE_PATH PSA_PREFIX_FROM_PKG_CONFIG ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/prefect-sqlalchemy.pc.in ${PROJECT_BINARY_DIR}/prefect-sqlalchemy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/prefect-sqlalchemy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
