// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern.h"

#include <algorithm>

#include "policy/glob.h"
#include "policy/operation_text.h"

namespace ringfence {
namespace {

const std::string kStarSegment(1, kStar);

// Fills up to the shape of the kind, so that each set of operations has one form.
void normalise(Pattern& pattern) {
  const Shape shape = shape_of(pattern.segments.front());
  if (pattern.rest) {
    while (pattern.segments.size() < shape.least) pattern.segments.push_back(kStarSegment);
  }
  if (pattern.segments.size() >= shape.most) pattern.rest = false;
}

std::vector<std::string> folded(const std::vector<std::string>& segments) {
  std::vector<std::string> lower;
  lower.reserve(segments.size());
  for (const std::string& segment : segments) lower.push_back(to_lower(segment));
  return lower;
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text, PatternUse use) {
  Pattern pattern;
  pattern.written = text;
  if (text == "*") {
    pattern.rest = true;
    return pattern;
  }
  auto segments = split_operation(text, TextKind::pattern);
  if (!segments) return std::unexpected(segments.error());
  pattern.segments = std::move(*segments);
  const Shape shape = shape_of(pattern.segments.front());
  if (pattern.segments.size() > 1 && is_star(pattern.segments.back())) {
    pattern.segments.pop_back();
    pattern.rest = true;
  }
  if (use == PatternUse::prefix) {
    pattern.rest = true;
    pattern.segments = folded(pattern.segments);
  }
  if (pattern.segments.front() == "net" && pattern.segments.size() == 3) pattern.rest = true;
  if (pattern.segments.size() > shape.most ||
      (!pattern.rest && pattern.segments.size() < shape.least)) {
    return invalid(
        "no operation has this form; expected more or fewer segments, such as llm:openai/*");
  }
  normalise(pattern);
  return pattern;
}

bool Pattern::literal() const { return !rest && std::ranges::all_of(segments, is_literal); }

bool pattern_within(const Pattern& inner, const Pattern& outer) {
  if (inner.segments.size() < outer.segments.size()) return false;
  if (!outer.rest && (inner.rest || inner.segments.size() != outer.segments.size())) return false;
  for (std::size_t i = 0; i < outer.segments.size(); ++i) {
    if (!glob_within(inner.segments[i], outer.segments[i])) return false;
  }
  return true;
}

bool patterns_intersect(const Pattern& a, const Pattern& b) {
  const std::size_t shared = std::min(a.segments.size(), b.segments.size());
  if (a.segments.size() > shared && !b.rest) return false;
  if (b.segments.size() > shared && !a.rest) return false;
  for (std::size_t i = 0; i < shared; ++i) {
    if (!globs_intersect(a.segments[i], b.segments[i])) return false;
  }
  return true;
}

bool properly_within(const Pattern& inner, const Pattern& outer) {
  Pattern a = inner;
  Pattern b = outer;
  a.segments = folded(a.segments);
  b.segments = folded(b.segments);
  return pattern_within(a, b) && !pattern_within(b, a);
}

Specificity specificity(const Pattern& pattern) {
  Specificity result;
  for (const std::string& segment : pattern.segments) {
    if (is_literal(segment)) ++result.literal_segments;
    for (const char c : segment) result.literal_bytes += c == kStar ? 0 : 1;
  }
  return result;
}

}  // namespace ringfence
