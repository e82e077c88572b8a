// SPDX-License-Identifier: Apache-2.0
// Lays the tables of tools/token-ranks into the program (cmake/token_ranks.cmake finds them).
#include "pricing/token_ranks.h"

#ifdef RINGFENCE_TOKEN_RANKS
// clang-format off
asm(
    ".pushsection .rodata.token_ranks, \"a\"\n"
    ".balign 64\n"
    "ringfence_o200k_base: .incbin \"o200k_base.ranks\"\n"
    "ringfence_o200k_base_end:\n"
    ".balign 64\n"
    "ringfence_cl100k_base: .incbin \"cl100k_base.ranks\"\n"
    "ringfence_cl100k_base_end:\n"
    ".popsection\n");
// clang-format on

extern "C" {
extern const char ringfence_o200k_base[] __attribute__((visibility("hidden")));
extern const char ringfence_o200k_base_end[] __attribute__((visibility("hidden")));
extern const char ringfence_cl100k_base[] __attribute__((visibility("hidden")));
extern const char ringfence_cl100k_base_end[] __attribute__((visibility("hidden")));
}
#endif

namespace ringfence::bpe {

std::string_view embedded_table([[maybe_unused]] Vocabulary vocabulary) {
#ifdef RINGFENCE_TOKEN_RANKS
  if (vocabulary == Vocabulary::o200k_base) return {ringfence_o200k_base, ringfence_o200k_base_end};
  return {ringfence_cl100k_base, ringfence_cl100k_base_end};
#else
  return {};
#endif
}

}  // namespace ringfence::bpe
