// SPDX-License-Identifier: Apache-2.0
// Any bytes as an operation and as a pattern: the canonical text parses to itself, a pattern made
// of an operation matches it, and comparisons of sets agree with each other.
#include <cstdint>

#include "base/ensure.h"
#include "policy/operation.h"
#include "policy/pattern.h"
#include "policy/unknown.h"

namespace {

using namespace ringfence;

Pattern only(const Operation& operation) {
  Pattern pattern;
  pattern.segments = operation.segments();
  return pattern;
}

void check_operation(const Operation& operation) {
  const auto again = Operation::parse(operation.text());
  RF_ENSURE(again && again->text() == operation.text(), "canonical text is stable");
  RF_ENSURE(again->segments() == operation.segments(), "and means the same");
  if (has_unknown(operation.segments())) return;  // a set, which no pattern can write
  const auto pattern = Pattern::parse(operation.text(), PatternUse::match);
  RF_ENSURE(pattern && pattern_within(only(operation), *pattern), "a pattern of it matches it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t split = text.find('\n');
  const std::string_view first = text.substr(0, split);
  const std::string_view second = split == text.npos ? "" : text.substr(split + 1);
  const auto operation = Operation::parse(first);
  if (operation) check_operation(*operation);
  const auto a = Pattern::parse(first, PatternUse::match);
  const auto b = Pattern::parse(second, PatternUse::prefix);
  if (!a || !b) return 0;
  RF_ENSURE(pattern_within(*a, *a) && patterns_intersect(*a, *a), "a set is within itself");
  RF_ENSURE(patterns_intersect(*a, *b) == patterns_intersect(*b, *a), "meeting is mutual");
  if (pattern_within(*a, *b)) RF_ENSURE(patterns_intersect(*a, *b), "within is meeting");
  if (properly_within(*a, *b)) RF_ENSURE(!properly_within(*b, *a), "narrower is one-sided");
  if (operation && pattern_within(only(*operation), *b)) {
    RF_ENSURE(patterns_intersect(only(*operation), *b), "a match is a meeting");
  }
  return 0;
}
