// SPDX-License-Identifier: Apache-2.0
// The bytes of prices/catalog.jsonl, as the assembler reads them in (cmake/catalog.cmake).
#include "pricing/catalog_data.h"

asm(".section .rodata\n"
    ".global ringfence_catalog_begin\n"
    "ringfence_catalog_begin:\n"
    ".incbin \"" RINGFENCE_CATALOG
    "\"\n"
    ".global ringfence_catalog_end\n"
    "ringfence_catalog_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" const char ringfence_catalog_begin[];
extern "C" const char ringfence_catalog_end[];

namespace ringfence {

std::string_view catalog_text() {
  return {ringfence_catalog_begin,
          static_cast<std::size_t>(ringfence_catalog_end - ringfence_catalog_begin)};
}

}  // namespace ringfence
