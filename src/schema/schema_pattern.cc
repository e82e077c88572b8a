// SPDX-License-Identifier: Apache-2.0
#include "schema/schema_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/quoted.h"

namespace ringfence {
namespace {

constexpr std::int64_t kPatternMemoryMaxBytes = std::int64_t{256} << 10;

constexpr std::string_view kAnchors = "expected it to start with ^ and to end with $";

// Says what is wrong with the outside of a pattern, or nothing. A look at the text, not a parser:
// what it misreads, RE2 refuses.
std::string_view outside_problem(std::string_view text) {
  if (!text.starts_with('^')) return kAnchors;
  int groups = 0;
  bool in_class = false;
  bool ends = false;  // with a $ that is none of the text's own
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    ends = false;
    if (c == '\\') {
      ++i;
      const char escaped = i < text.size() ? text[i] : '\0';
      if (std::string_view("QEAzCZG").contains(escaped)) {
        return "expected no \\Q, \\A, \\z or \\C, which are not JSON Schema's";
      }
    } else if (in_class) {
      if (text.substr(i).starts_with("[:")) return "expected no [:class:]; say \\d, \\w or a-z";
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (i + 1 < text.size() && text[i + 1] == '^') ++i;
      // RE2 reads a bracket that comes first as a member; ECMA-262 reads an empty class.
      if (i + 1 < text.size() && text[i + 1] == ']') return "expected \\] for a bracket in a class";
    } else if (c == '(') {
      ++groups;
      const bool flagged = text.substr(i).starts_with("(?") && !text.substr(i).starts_with("(?:");
      if (flagged) return "expected no group that starts with (? other than (?:";
    } else if (c == ')') {
      --groups;
    } else if (c == '|' && groups == 0) {
      return "expected alternatives in a group, ^(?:a|b)$, so that ^ and $ hold for all of them";
    } else if (c == '$') {
      ends = groups == 0;
    }
  }
  return ends ? std::string_view() : kAnchors;
}

}  // namespace

std::expected<SchemaPattern, std::string> SchemaPattern::compile(std::string_view text) {
  if (text.size() > kPatternBytesMax) {
    return std::unexpected(fmt::format("expected at most {} bytes", kPatternBytesMax));
  }
  if (const auto problem = outside_problem(text); !problem.empty()) {
    return std::unexpected(std::string(problem));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryMaxBytes);
  auto program =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!program->ok()) {
    if (program->error_code() == re2::RE2::ErrorPatternTooLarge) {
      return std::unexpected(std::string("expected a smaller one (fewer or shorter repetitions)"));
    }
    return std::unexpected("expected what RE2 knows (" + printable(program->error()) + ")");
  }
  SchemaPattern pattern;
  pattern.instructions_ = static_cast<std::uint64_t>(program->ProgramSize());
  if (pattern.instructions_ > kPatternProgramMax) {
    return std::unexpected(
        fmt::format("expected a smaller one: it compiles to {} instructions of "
                    "at most {}",
                    pattern.instructions_, kPatternProgramMax));
  }
  pattern.program_ = std::move(program);
  return pattern;
}

bool SchemaPattern::matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *program_);
}

}  // namespace ringfence
