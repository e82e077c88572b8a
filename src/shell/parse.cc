// SPDX-License-Identifier: Apache-2.0
#include "shell/parse.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "shell/unfold.h"

namespace ringfence::shell {
namespace {

Result<void> check_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || !valid_utf8(text)) {
    return invalid("a command holds bytes that are not text");
  }
  return {};
}

Result<void> check_size(std::size_t bytes) {
  if (bytes <= kLineBytesMax) return {};
  return fail(ErrorCode::too_large,
              fmt::format("a command is longer than {} bytes", kLineBytesMax));
}

}  // namespace

Result<Line> parse_line(std::string_view line) {
  if (auto ok = check_size(line.size()); !ok) return std::unexpected(ok.error());
  if (auto ok = check_text(line); !ok) return std::unexpected(ok.error());
  Sink sink;
  parse_script(line, sink);
  return std::move(sink).take();
}

Result<Line> parse_argv(std::span<const std::string> argv) {
  if (argv.empty()) return invalid("a command has no program");
  Simple simple;
  std::size_t bytes = 0;
  for (const std::string& word : argv) {
    if (auto ok = check_size(bytes += word.size()); !ok) return std::unexpected(ok.error());
    if (auto ok = check_text(word); !ok) return std::unexpected(ok.error());
    simple.words.push_back({word, false});
  }
  Sink sink;
  unfold(std::move(simple), sink);
  return std::move(sink).take();
}

}  // namespace ringfence::shell
