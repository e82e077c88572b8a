// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_names.h"

namespace ringfence::llm {

bool is_proto_name(std::string_view written, std::string_view name) {
  if (written == name) return true;
  std::size_t at = 0;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && (at >= written.size() || written[at++] != '_')) return false;
    const char plain = capital ? static_cast<char>(c - 'A' + 'a') : c;
    if (at >= written.size() || written[at++] != plain) return false;
  }
  return at == written.size();
}

}  // namespace ringfence::llm
