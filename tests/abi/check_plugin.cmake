# Fails unless PLUGIN exports the symbols EXPECTED alone and, if IDENTITY is on, still has its section
# psa_identity after strip.
function(run out)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${output}" PARENT_SCOPE)
endfunction()

run(listing ${NM} -D --defined-only --format=just-symbols ${PLUGIN})
string(STRIP "${listing}" exported)
if(NOT exported STREQUAL EXPECTED)
  message(FATAL_ERROR "${PLUGIN} exports\n${exported}\nand should export\n${EXPECTED}")
endif()

if(IDENTITY)
  run(ignored ${STRIP} -o ${STRIPPED} ${PLUGIN})
  run(sections ${READELF} -S -W ${STRIPPED})
  file(REMOVE ${STRIPPED})
  if(NOT sections MATCHES "psa_identity +PROGBITS")
    message(FATAL_ERROR "${PLUGIN} loses its section psa_identity when it is stripped:\n${sections}")
  endif()
endif()
