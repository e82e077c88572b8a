# SPDX-License-Identifier: Apache-2.0
# The price catalog is read into the program when it is assembled; a change of it makes that anew.
set_source_files_properties("${CMAKE_SOURCE_DIR}/src/pricing/catalog_data.cc" PROPERTIES
  COMPILE_DEFINITIONS "RINGFENCE_CATALOG=\"${CMAKE_SOURCE_DIR}/prices/catalog.jsonl\""
  OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/prices/catalog.jsonl")
