// SPDX-License-Identifier: Apache-2.0
// Counts the tokens of texts from standard input, for tests/e2e/test_token_count.py.
//
//   input  = { length text }      length: 4 bytes, little-endian
//   output = { o200k " " cl100k "\n" }
#include <array>
#include <cstdint>
#include <iostream>
#include <string>

#include "pricing/token_count.h"

int main() {
  using ringfence::token_bound;
  using ringfence::Vocabulary;
  if (!ringfence::can_count_tokens()) {
    std::cerr << "built with -DRINGFENCE_TOKEN_RANKS=OFF\n";
    return 3;
  }
  std::array<unsigned char, 4> head{};
  std::string text;
  while (std::cin.read(reinterpret_cast<char*>(head.data()), head.size())) {
    text.resize(head[0] | head[1] << 8 | head[2] << 16 | std::size_t{head[3]} << 24);
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(text.size()))) return 2;
    std::cout << token_bound(Vocabulary::o200k_base, text) << ' '
              << token_bound(Vocabulary::cl100k_base, text) << '\n';
  }
}
