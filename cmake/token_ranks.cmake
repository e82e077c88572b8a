# SPDX-License-Identifier: Apache-2.0
# The vocabularies of src/pricing/token_count.h: fetched once a machine by tools/token-ranks, and laid into rf_pricing.
option(RINGFENCE_TOKEN_RANKS "Count tokens with OpenAI's public vocabularies (6 MiB, fetched once)" ON)
if(RINGFENCE_TOKEN_RANKS AND TARGET rf_pricing)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(ranks "${CMAKE_BINARY_DIR}/token_ranks")
  set(tables "${ranks}/o200k_base.ranks" "${ranks}/cl100k_base.ranks")
  add_custom_command(OUTPUT ${tables}
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/token-ranks" "${ranks}"
    # A table that did not change keeps its time: without this it would be made again at each build.
    COMMAND "${CMAKE_COMMAND}" -E touch ${tables}
    DEPENDS "${CMAKE_SOURCE_DIR}/tools/token-ranks" COMMENT "Token vocabularies" VERBATIM)
  target_sources(rf_pricing PRIVATE ${tables})
  set_source_files_properties(src/pricing/token_ranks_tables.cc PROPERTIES
    OBJECT_DEPENDS "${tables}"
    COMPILE_DEFINITIONS RINGFENCE_TOKEN_RANKS
    COMPILE_OPTIONS "-Wa,-I,${ranks}")
endif()
