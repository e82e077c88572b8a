// SPDX-License-Identifier: Apache-2.0
// The longest line of each type that may be long, written out.
#include "engine/line_bounds.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/path.h"
#include "engine/approvals.h"
#include "engine/event.h"
#include "engine/kept_objects.h"
#include "engine/policy_parts.h"
#include "policy/operation.h"

namespace ringfence {
namespace {

constexpr std::int64_t kAmountMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint64_t>::max();

std::string text(std::size_t bytes, char c = 'x') { return std::string(bytes, c); }

// Operations of a hold or a run, up to their bound.
std::vector<std::string> operations(std::size_t bytes_max) {
  std::vector<std::string> texts;
  while (line_bytes(texts) + kOperationTextMax + 3 <= bytes_max) {
    texts.push_back(text(kOperationTextMax));
  }
  const std::size_t left = bytes_max - line_bytes(texts);
  texts.push_back(text(left - 3));
  return texts;
}

Labels labels(std::size_t name_bytes, std::size_t value_bytes) {
  Labels labels;
  for (char c = 'a'; labels.size() < 16; ++c) {
    labels.emplace_back(text(name_bytes, c), text(value_bytes, '"'));
  }
  return labels;
}

class LongLines : public ::testing::Test {
 protected:
  LongLines() {
    for (std::size_t i = units_.size(); i < kUnitsMax; ++i) {
      units_.intern(text(31) + static_cast<char>('a' + i)).value();
    }
    for (std::size_t i = 0; i < kUnitsMax; ++i) {
      amounts_.set(Unit{static_cast<std::uint8_t>(i)}, kAmountMax);
    }
  }

  std::size_t length(EventBody body) const {
    std::string line;
    encode({kNumberMax, Time{1'793'872'200'250'001}, std::move(body)}, Digest{}, units_, line);
    return line.size();
  }

  UnitTable units_;
  Amounts amounts_;
};

TEST_F(LongLines, OfAHold) {
  HoldOpened hold;
  hold.hold = HoldId{kNumberMax};
  hold.account = text(kPathMax);
  hold.further = operations(kHoldOperationsBytesMax);
  hold.holder = text(80);
  hold.need = hold.physical_max = amounts_;
  hold.meters.assign(kHoldWallsMax, {MeterId{kNumberMax}, kAmountMax});
  hold.deadline = Time{1'793'872'200'250'001};
  hold.output_cap = kAmountMax;
  hold.clamped = hold.declared = true;
  hold.policy = text(16);
  hold.decision_id = text(64);
  hold.key = text(128, '"');
  hold.approval = text(64);
  hold.digest.fill(1);
  hold.args_digest.fill(1);
  hold.labels = labels(64, 256);
  hold.would_refuse.assign(kWouldRefuseMax, text(63 + 1 + 32));
  EXPECT_LE(length(hold), kLineBytesMax);
  // The gateway's holds have one operation, and longer names of labels.
  hold.further.clear();
  hold.operation = text(kOperationTextMax, '"');
  hold.labels = labels(256, 256);
  EXPECT_LE(length(hold), kLineBytesMax);
}

TEST_F(LongLines, OfWhatAsksForAnApproval) {
  ApprovalRequested asked;
  asked.account = text(kPathMax);
  asked.further = operations(kHoldOperationsBytesMax);
  asked.need = amounts_;
  asked.rules = operations(kAskingBytesMax);
  EXPECT_LE(length(asked), kLineBytesMax);
}

TEST_F(LongLines, OfARun) {
  RunStarted run;
  run.account = run.parent_run = text(kPathMax);
  run.actor = text(1'024, '"');
  run.budgets.assign(kUnitsMax, {text(32), kAmountMax});
  run.operations = operations(kRunOperationsBytesMax);
  run.labels = labels(64, 256);
  run.identity = {text(128, '"'), text(128, '"'), text(128, '"'), text(128, '"')};
  EXPECT_LE(length(run), kLineBytesMax);
}

TEST_F(LongLines, OfMetersAndTheirHolds) {
  MeterOpened meter;
  meter.wall = text(63);
  meter.unit = text(32);
  meter.subject = text(kPathMax);
  meter.holds.assign(kMeterHoldsMax, HoldId{kNumberMax});
  meter.held_each.assign(kMeterHoldsMax, kAmountMax);
  EXPECT_LE(length(meter), kLineBytesMax);
  EXPECT_LE(length(MeterHolds{MeterId{kNumberMax}, meter.holds, meter.held_each}), kLineBytesMax);
  HoldExtended extended;
  extended.added = amounts_;
  extended.meters.assign(kHoldWallsMax, {MeterId{kNumberMax}, kAmountMax});
  EXPECT_LE(length(extended), kLineBytesMax);
}

TEST_F(LongLines, OfWhatIsResolvedOrRefused) {
  HoldResolved resolved;
  resolved.account = text(kPathMax);
  resolved.operation = text(kOperationTextMax, '"');
  resolved.actual = resolved.charged = resolved.claimed = amounts_;
  resolved.actor = resolved.note = text(1'024, '"');
  resolved.objects.assign(kObjectsPerRequestMax, text(32));
  EXPECT_LE(length(resolved), kLineBytesMax);
  Refused refused;
  refused.account = text(kPathMax);
  refused.operation = text(kOperationTextMax, '\x01');
  refused.sentence = text(kSentenceBytesMax, '\x01');
  refused.wall_key = text(kPathMax + 256);
  refused.downgrade = text(kOperationTextMax, '"');
  refused.key = text(128, '"');
  refused.wall = WallState{text(63), text(kPathMax), text(32), {}, 1, 1, 1, 1, {}, 1};
  EXPECT_LE(length(refused), kLineBytesMax);
}

TEST_F(LongLines, OfAPolicy) {
  for (const std::string& document :
       {text(100'000), text(100'000, '"'), text(100'000, '\x01'), text(40'000, '"') + "é漢😀"}) {
    std::string together;
    for (const std::string_view piece : policy_pieces(document)) {
      EXPECT_LE(length(PolicyText{text(64), 1, std::string(piece)}), kLineBytesMax);
      together += piece;
    }
    EXPECT_EQ(together, document);
  }
  EXPECT_EQ(policy_pieces(text(kPolicyTextMax)).size(), 1U);
  EXPECT_EQ(policy_pieces(text(kPolicyTextMax + 1)).size(), 2U);
  EXPECT_EQ(policy_pieces("").size(), 1U);
}

TEST(PolicyPieces, AreWholeCharacters) {
  std::string document;
  while (document.size() < 3 * kPolicyTextMax) document += "é漢😀x";
  for (const std::string_view piece : policy_pieces(document)) {
    std::string written;
    append_json_string(written, piece);
    EXPECT_EQ(written.size(), piece.size() + 2) << "an incomplete one would be replaced";
  }
}

TEST(PolicyParts, GiveTheDocumentOnce) {
  PolicyParts parts;
  const std::string document = "version: 1\n";
  PolicyAdopted adopted;
  adopted.sha256 = to_hex(sha256(document));
  adopted.document = document;
  EXPECT_EQ(parts.document_of(adopted), document);
  adopted.document.clear();
  parts.add({adopted.sha256, 1, "given up"});
  parts.add({adopted.sha256, 1, document.substr(0, 4)});
  parts.add({adopted.sha256, 2, document.substr(4)});
  EXPECT_EQ(parts.document_of(adopted), document);
  EXPECT_EQ(parts.document_of(adopted), "") << "they were another version's";
}

TEST(Clipped, KeepsWholeCharacters) {
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(clipped("abcd", 3), "abc");
  EXPECT_EQ(clipped("aé", 2), "a");
  EXPECT_EQ(clipped("a😀", 4), "a");
  EXPECT_EQ(clipped("😀b", 4), "😀");
  EXPECT_EQ(clipped("\x80\x80\x80\x80\x80\x80", 4).size(), 4U) << "no characters to keep whole";
}

}  // namespace
}  // namespace ringfence
