// SPDX-License-Identifier: Apache-2.0
// The keys of the `accounts` section: their grammar, their rank, and whether two of them overlap.
#include <algorithm>

#include "base/path.h"
#include "policy/accounts.h"
#include "policy/glob.h"

namespace ringfence {
namespace {

const std::string kStarSegment(1, kStar);

bool is_deep(const std::string& element) { return element == SegmentTrie::kDeep; }

// One element with "*" as kStar, or nothing when it can match no segment.
std::optional<std::string> parse_element(std::string_view text) {
  if (text.empty() || text.size() > kSegmentMax) return std::nullopt;
  std::string element;
  for (const char c : text) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool inner = c == '.' || c == '_' || c == '-';
    if (c == '*') {
      if (!element.empty() && element.back() == kStar) return std::nullopt;
      element += kStar;
    } else if (alphanumeric || (inner && !element.empty())) {
      element += c;
    } else {
      return std::nullopt;
    }
  }
  return element;
}

}  // namespace

Result<std::vector<std::string>> parse_account_key(std::string_view key) {
  std::vector<std::string> elements;
  if (key == "/") return elements;
  const auto parts = path_segments(key);
  bool ok = parts.size() <= kPathDepthMax;
  for (std::size_t i = 0; ok && i < parts.size(); ++i) {
    if (parts[i] == "**") {
      // A final one stands for at least one segment.
      if (i + 1 == parts.size()) elements.push_back(kStarSegment);
      elements.emplace_back(SegmentTrie::kDeep);
    } else if (auto element = parse_element(parts[i])) {
      elements.push_back(std::move(*element));
    } else {
      ok = false;
    }
  }
  if (ok) return elements;
  return invalid(
      "expected / or a path of up to 16 segments of a-z, 0-9, '.', '_' and '-', with `*` inside a "
      "segment and `**` for any number of segments, such as acme/research/reviewer-*");
}

bool AccountEntry::literal() const { return std::ranges::all_of(elements, is_literal); }

AccountEntry::Rank AccountEntry::rank() const {
  Rank rank;
  for (const std::string& element : elements) {
    if (is_deep(element)) {
      --rank.deep_segments;
      continue;
    }
    ++rank.single_segments;
    if (is_literal(element)) {
      ++rank.literal_segments;
    } else if (!is_star(element)) {
      ++rank.partial_segments;
      rank.literal_characters +=
          element.size() - static_cast<std::size_t>(std::ranges::count(element, kStar));
    }
  }
  return rank;
}

bool equally_specific(const AccountEntry& a, const AccountEntry& b) {
  auto rank_a = a.rank();
  auto rank_b = b.rank();
  if (rank_a == rank_b) return true;
  rank_a.literal_characters = rank_b.literal_characters = 0;
  if (rank_a != rank_b) return false;
  const auto within = [](const AccountEntry& inner, const AccountEntry& outer) {
    return std::ranges::equal(inner.elements, outer.elements, [](const auto& x, const auto& y) {
      return is_deep(x) == is_deep(y) && (is_deep(x) || glob_within(x, y));
    });
  };
  return !within(a, b) && !within(b, a);
}

bool account_keys_intersect(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  // Row i, column j: some list of segments matches both what a has from i and what b has from j.
  std::vector<char> below(b.size() + 1, 0);
  std::vector<char> row(b.size() + 1, 0);
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool a_ends = i == a.size();
      const bool b_ends = j == b.size();
      bool meets = a_ends && b_ends;
      if (!a_ends && is_deep(a[i])) {
        meets = below[j] != 0 || (!b_ends && row[j + 1] != 0);
      } else if (!b_ends && is_deep(b[j])) {
        meets = row[j + 1] != 0 || (!a_ends && below[j] != 0);
      } else if (!a_ends && !b_ends) {
        meets = below[j + 1] != 0 && globs_intersect(a[i], b[j]);
      }
      row[j] = meets ? 1 : 0;
    }
    below.swap(row);
  }
  return below[0] != 0;
}

}  // namespace ringfence
