# add_layer(NAME SOURCES file... [USES layer...] [LINKS library...] [HEADER_LINKS library...])
#
# Declares one layer of the core, as the target layer_NAME: its sources in src/, compiled once, and its
# public headers in include/. Only the layers in USES can be included. LINKS are for the sources alone,
# HEADER_LINKS also for those who include the headers. The core links the objects into one shared
# library; unit tests link them directly, so that hidden symbols can be tested.
function(add_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS;HEADER_LINKS" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND src/)
  list(TRANSFORM arg_USES PREPEND layer_)
  add_library(layer_${name} OBJECT ${arg_SOURCES})
  target_include_directories(layer_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_include_directories(layer_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  set_target_properties(layer_${name} PROPERTIES PSA_LINKS "${arg_LINKS};${arg_HEADER_LINKS}")
  target_compile_definitions(layer_${name} PRIVATE PREFECT_SQLALCHEMY_BUILDING)
  target_link_libraries(layer_${name} PUBLIC ${arg_USES} ${arg_HEADER_LINKS} PRIVATE psa_compile ${arg_LINKS})
endfunction()
