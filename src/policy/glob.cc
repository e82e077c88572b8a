// SPDX-License-Identifier: Apache-2.0
#include "policy/glob.h"

#include <vector>

namespace ringfence {

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last star seen, and where its run ends so far
  std::size_t run_end = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == kStar) {
      star = g++;
      run_end = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++run_end;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == kStar) ++g;
  return g == glob.size();
}

std::size_t glob_cost(std::string_view glob, std::string_view text) {
  constexpr std::size_t kBytesPerStep = 128;
  return 1 + (is_literal(glob) ? 0 : glob.size() * text.size() / kBytesPerStep);
}

bool glob_within(std::string_view inner, std::string_view outer) {
  // A star of `inner` stands for arbitrary bytes, also for ones that occur nowhere in `outer`, so
  // only a star of `outer` can cover it: it is matched like a byte of its own.
  return glob_matches(outer, inner);
}

bool globs_intersect(std::string_view a, std::string_view b) {
  // Row i, column j: some text matches both what a has from i and what b has from j. Row by row
  // from the end; `below` is row i + 1.
  std::vector<char> below(b.size() + 1, 0);
  std::vector<char> row(b.size() + 1, 0);
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool a_ends = i == a.size();
      const bool b_ends = j == b.size();
      bool meets = a_ends && b_ends;
      if (!a_ends && a[i] == kStar) {
        meets = below[j] != 0 || (!b_ends && row[j + 1] != 0);
      } else if (!b_ends && b[j] == kStar) {
        meets = row[j + 1] != 0 || (!a_ends && below[j] != 0);
      } else if (!a_ends && !b_ends) {
        meets = a[i] == b[j] && below[j + 1] != 0;
      }
      row[j] = meets ? 1 : 0;
    }
    below.swap(row);
  }
  return below[0] != 0;
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace ringfence
