// SPDX-License-Identifier: Apache-2.0
// Pattern: a set of operations, such as llm:openai/* or cmd:git:status:*.
//
// Contract: a value; pure. `*` matches within one segment; a final `*` matches the rest, also when
// there is none. A net pattern without a port matches any port. A deny is read as a prefix and
// folded to lower case: what it forbids it forbids in every spelling. Segments are normalised to
// the shape of their kind (llm:* is llm, any provider, any model), so that comparing sets of
// operations is comparing segments.
// Limitations: what a shell makes of a command is not known here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/operation.h"

namespace ringfence {

enum class PatternUse {
  match,   // allow, limits, prices, counts: must be able to match some operation
  prefix,  // deny
};

struct Pattern {
  std::string written;
  std::vector<std::string> segments;  // kStar for wildcards; the kind first; empty: everything
  bool rest = false;                  // any further segments match, also none

  // Errors: `invalid`.
  static Result<Pattern> parse(std::string_view text, PatternUse use);
  bool literal() const;
};

// Every operation that `inner` matches, `outer` matches too.
bool pattern_within(const Pattern& inner, const Pattern& outer);
// Some operation matches both.
bool patterns_intersect(const Pattern& a, const Pattern& b);
// `inner` matches less than `outer`, and nothing beyond it. Spelling in upper or lower case does
// not count: an allow in another case than its deny is not narrower.
bool properly_within(const Pattern& inner, const Pattern& outer);

// More letters, fewer wildcards: orders patterns of which the narrowest should decide.
struct Specificity {
  std::size_t literal_segments = 0;
  std::size_t literal_bytes = 0;
  friend auto operator<=>(const Specificity&, const Specificity&) = default;
};
Specificity specificity(const Pattern& pattern);

}  // namespace ringfence
