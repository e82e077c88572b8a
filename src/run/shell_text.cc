// SPDX-License-Identifier: Apache-2.0
#include "run/shell_text.h"

#include <algorithm>

namespace ringfence {
namespace {

bool is_shell_name(std::string_view name) {
  const auto letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, allowed);
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_text(std::span<const std::string> granted,
                       std::span<const std::string> withheld) {
  std::string out;
  for (const std::string& name : withheld) {
    if (is_shell_name(name)) out += "unset " + name + ";\n";
  }
  for (const std::string& entry : granted) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (!is_shell_name(name)) continue;
    out += "export " + name + "=" + shell_quoted(entry.substr(equals + 1)) + ";\n";
  }
  return out;
}

}  // namespace ringfence
