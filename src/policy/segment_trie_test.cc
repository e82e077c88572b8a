// SPDX-License-Identifier: Apache-2.0
// The trie against trying each pattern in turn.
#include "policy/segment_trie.h"

#include <gmock/gmock.h>

#include <random>

#include "policy/glob.h"

namespace ringfence {
namespace {

using Segments = std::vector<std::string>;
using testing::ElementsAre;

const std::string kStarSegment(1, kStar);
const std::string kDeep(SegmentTrie::kDeep);

bool naive(std::span<const std::string> elements, std::span<const std::string> segments) {
  if (elements.empty()) return segments.empty();
  if (elements[0] == SegmentTrie::kDeep) {
    return naive(elements.subspan(1), segments) ||
           (!segments.empty() && naive(elements, segments.subspan(1)));
  }
  return !segments.empty() && glob_matches(elements[0], segments[0]) &&
         naive(elements.subspan(1), segments.subspan(1));
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  std::string word(std::string_view letters) {
    std::string out;
    for (std::size_t n = 1 + below(3); n > 0; --n) out += letters[below(letters.size())];
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

TEST(SegmentTrie, AgreesWithTryingEachPattern) {
  constexpr std::string_view kLettersAndStar{"ab\0", 3};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    SegmentTrie trie;
    std::vector<Segments> patterns(1 + random.below(60));
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
      for (std::size_t n = random.below(5); n > 0; --n) {
        patterns[i].push_back(random.below(6) == 0 ? kDeep : random.word(kLettersAndStar));
        if (patterns[i].back() == std::string(2, kStar)) patterns[i].back() = kDeep;
        if (patterns[i].back() == std::string(3, kStar)) patterns[i].back() = kStarSegment;
      }
      trie.add(patterns[i], i);
    }
    for (int round = 0; round < 50; ++round) {
      Segments segments;
      for (std::size_t n = random.below(6); n > 0; --n) segments.push_back(random.word("ab"));
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        if (naive(patterns[i], segments)) expected.push_back(i);
      }
      std::vector<std::uint32_t> got;
      ASSERT_TRUE(trie.match(segments, got));
      ASSERT_EQ(got, expected) << "seed " << seed;
    }
  }
}

TEST(SegmentTrie, AppendsAndStopsAtItsBound) {
  SegmentTrie trie;
  trie.add(Segments{"a", kDeep}, 7);
  trie.add(Segments{"a", kDeep}, 7);
  trie.add(Segments{kStarSegment, "b"}, 3);
  std::vector<std::uint32_t> out{99};
  EXPECT_TRUE(trie.match(Segments{"a", "b"}, out));
  EXPECT_THAT(out, ElementsAre(99, 3, 7));
  std::size_t steps = 2;
  EXPECT_FALSE(trie.match(Segments{"a", "b"}, out, &steps));
  EXPECT_EQ(steps, 0U);
}

TEST(SegmentTrie, ManyPatternsVisitFewStates) {
  SegmentTrie trie;
  constexpr std::uint32_t kPatterns = 100'000;
  for (std::uint32_t i = 0; i < kPatterns; ++i) {
    const std::string name = "n" + std::to_string(i);
    trie.add(Segments{"tool", i % 2 == 0 ? name : name + kStar, kDeep}, i);
  }
  std::vector<std::uint32_t> out;
  std::size_t steps = 40;
  EXPECT_TRUE(trie.match(Segments{"tool", "n77777-x", "go"}, out, &steps));
  EXPECT_THAT(out, ElementsAre(7, 77, 777, 7777, 77777));
}

// Comparing counts too, not only states.
TEST(SegmentTrie, StopsWherePatternsAlmostMatch) {
  SegmentTrie trie;
  const std::string run(400, 'a');
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    trie.add(Segments{kStarSegment + run + "b" + std::to_string(i) + kStar}, i);
  }
  std::vector<std::uint32_t> out;
  std::size_t steps = 10'000;
  EXPECT_FALSE(trie.match(Segments{run + run}, out, &steps));
  EXPECT_TRUE(trie.match(Segments{"aab7"}, out)) << "without a bound, all of them are looked at";
}

}  // namespace
}  // namespace ringfence
