// SPDX-License-Identifier: Apache-2.0
#include "engine/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/packed.h"
#include "engine/engine.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

// What this record comes to, with every compiler. When the snapshot's form changes on purpose,
// kSnapshotVersion does too, and this is the new one.
constexpr std::string_view kDigest =
    "11524e6ef0315c5239c4eff87f6539cfe1e3b4dddc9a22ec2062ea02708ff989";

// Runs, walls of many windows, holds in every state, refusals, loops, approvals, halts, pauses, a
// raise, two policies, and two days.
std::vector<std::string> record() {
  std::ifstream file("tests/golden/record.jsonl");  // tests run from the top of the tree
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  EXPECT_GT(lines.size(), 50U);
  return lines;
}

void apply(Engine& engine, const std::vector<std::string>& lines, std::size_t from,
           std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    const auto decoded = decode(lines[i], engine.units_for_decoding());
    ASSERT_TRUE(decoded) << i << ": " << decoded.error().text();
    const auto applied = engine.apply(decoded->event);
    ASSERT_TRUE(applied) << i << ": " << applied.error().text();
  }
}

std::string snapshot_of(const std::vector<std::string>& lines, std::size_t count) {
  Engine engine;
  apply(engine, lines, 0, count);
  return engine.snapshot();
}

std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - sizeof(Digest));
  PackedWriter out(bytes);
  out(sha256(bytes));
  return bytes;
}

std::string problem(std::string_view bytes, std::uint64_t seq) {
  Engine engine;
  const auto restored = engine.restore(bytes, seq);
  if (restored) return "none";
  EXPECT_EQ(restored.error().code, ErrorCode::unverifiable);
  EXPECT_EQ(engine.last_seq(), 0U) << "the engine is as it was";
  return restored.error().message;
}

TEST(Snapshot, OneRecordHasOneDigest) {
  const auto lines = record();
  EXPECT_EQ(to_hex(snapshot_digest(snapshot_of(lines, lines.size()))), kDigest);
}

TEST(Snapshot, FromEveryPlaceTheRecordComesToTheSame) {
  const auto lines = record();
  const std::string whole = snapshot_of(lines, lines.size());
  for (std::size_t place = 0; place <= lines.size(); ++place) {
    const std::string half = snapshot_of(lines, place);
    Engine engine;
    const auto restored = engine.restore(half, place);
    ASSERT_TRUE(restored) << place << ": " << restored.error().text();
    EXPECT_EQ(engine.last_seq(), place);
    EXPECT_EQ(engine.snapshot(), half) << place;
    apply(engine, lines, place, lines.size());
    EXPECT_EQ(engine.snapshot(), whole) << place;
  }
}

TEST(Snapshot, WhatWasForgottenIsNotInIt) {
  const auto lines = record();
  const std::string early = snapshot_of(lines, lines.size() - 1);
  // The last two events come more than a day later: with the second, what was resolved and the run
  // that ended are gone.
  const std::string late = snapshot_of(lines, lines.size());
  EXPECT_THAT(early, HasSubstr("d_1_2"));
  EXPECT_THAT(early, HasSubstr("r_ended"));
  EXPECT_LT(late.size(), early.size());
  Engine engine;
  ASSERT_TRUE(engine.restore(late, lines.size()));
  EXPECT_FALSE(engine.run("r_ended"));
  EXPECT_TRUE(engine.run("r_lives"));
}

TEST(Snapshot, OtherBytesAreRefused) {
  const auto lines = record();
  const std::string bytes = snapshot_of(lines, lines.size());
  const std::uint64_t seq = lines.size();
  EXPECT_THAT(problem(bytes, seq - 1), HasSubstr("at another event"));
  EXPECT_THAT(problem("", 0), HasSubstr("it is none"));
  EXPECT_THAT(problem(std::string(100, 'x'), 0), HasSubstr("it is none"));
  EXPECT_THAT(problem(bytes.substr(0, bytes.size() - 1), seq), HasSubstr("not what they were"));
  std::string newer = bytes;
  newer[kSnapshotMagic.size()] = static_cast<char>(kSnapshotVersion + 1);
  EXPECT_THAT(problem(newer, seq), HasSubstr("not what they were"));
  EXPECT_THAT(problem(sealed(newer), seq), HasSubstr("another version's"));
  std::string longer = bytes;
  longer.insert(longer.size() - sizeof(Digest), "x");
  EXPECT_THAT(problem(sealed(longer), seq), HasSubstr("follows its end"));
}

// A changed byte under a right digest: refused, or taken for exactly what it says.
TEST(Snapshot, EveryByteCounts) {
  const auto lines = record();
  const std::string bytes = snapshot_of(lines, lines.size() - 1);
  for (std::size_t i = kSnapshotMagic.size(); i < bytes.size() - sizeof(Digest); ++i) {
    for (const char change : {'\x01', '\x40', '\x80', '\xff'}) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ change);
      other = sealed(std::move(other));
      Engine engine;
      if (!engine.restore(other, lines.size() - 1)) continue;
      EXPECT_EQ(engine.snapshot(), other) << i;
    }
  }
}

}  // namespace
}  // namespace ringfence
