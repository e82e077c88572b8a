// SPDX-License-Identifier: Apache-2.0
#include "evidence/verifier.h"

#include <gmock/gmock.h>

#include <functional>

#include "engine/event_sample.h"

namespace ringfence::evidence {
namespace {

using ::testing::HasSubstr;
using Record = std::vector<std::string>;

// In pages of three, so that what is told does not hang on where a page ends.
class RecordLines final : public Lines {
 public:
  RecordLines(const Record& record, std::vector<std::uint64_t> numbers)
      : record_(record), numbers_(std::move(numbers)) {}
  Result<LinePage> next() override {
    LinePage page;
    for (; at_ < record_.size() && page.rows.size() < 3; ++at_) {
      page.add(numbers_.empty() ? at_ + 1 : numbers_[at_], record_[at_]);
    }
    return page;
  }

 private:
  const Record& record_;
  const std::vector<std::uint64_t> numbers_;
  std::size_t at_ = 0;
};

Record record_of(std::size_t events, std::uint64_t seed = 1) {
  testing::Sampler sampler(seed);
  Record record;
  Digest prev{};
  for (std::size_t i = 0; i < events; ++i) {
    Event event = sampler.event(i % std::variant_size_v<EventBody>);
    event.seq = i + 1;
    encode(event, prev, sampler.units, record.emplace_back());
    prev = sha256(record.back());
  }
  return record;
}

audit::TreeHead head_of(const Record& record, std::size_t size) {
  audit::RightEdge edge;
  for (std::size_t i = 0; i < size; ++i) edge.append(audit::leaf_hash(record[i]));
  return edge.head();
}

HeldHead held(const audit::TreeHead& head) { return {head, "a friend", true}; }

Verification verified(const Record& record, std::vector<HeldHead> heads = {},
                      std::vector<std::uint64_t> numbers = {}) {
  RecordLines lines(record, std::move(numbers));
  return *verify(lines, std::move(heads));
}

// The record with every `prev` from this event on made to fit, as who forges it would.
void rechain(Record& record, std::size_t from) {
  for (std::size_t i = from; i < record.size(); ++i) {
    const std::size_t at = record[i].find("\"prev\":\"") + 8;
    record[i].replace(at, 64, to_hex(i == 0 ? Digest{} : sha256(record[i - 1])));
  }
}

TEST(Verifier, AWholeRecordHolds) {
  const Record record = record_of(40);
  const Verification found = verified(record);
  EXPECT_TRUE(found.holds()) << found.problem;
  EXPECT_EQ(found.events, 40U);
  EXPECT_EQ(found.last, sha256(record.back()));
  EXPECT_EQ(found.tree, head_of(record, 40));
  EXPECT_EQ(found.anchored_at(), 0U);
}

TEST(Verifier, HeadsOfOthersAnchorIt) {
  const Record record = record_of(40);
  HeldHead own = held(head_of(record, 40));
  own.elsewhere = false;
  EXPECT_EQ(verified(record, {own}).anchored_at(), 0U);
  const Verification found = verified(
      record, {held(head_of(record, 33)), own, held(head_of(record, 7)), held(head_of(record, 0))});
  EXPECT_TRUE(found.holds()) << found.problem;
  EXPECT_EQ(found.agreed.size(), 4U);
  EXPECT_EQ(found.anchored_at(), 33U);
}

// Case H7.
TEST(Verifier, ARecordOfNothingDoesNotHold) {
  const Verification found = verified({});
  EXPECT_EQ(found.first_bad, 1U);
  EXPECT_THAT(found.problem, HasSubstr("no event"));
}

struct Tampering {
  const char* name;
  std::function<void(Record&)> tamper;
  std::uint64_t first_bad;
  const char* says;
};

void PrintTo(const Tampering& tampering, std::ostream* out) { *out << tampering.name; }

class FoundAlone : public ::testing::TestWithParam<Tampering> {};

// Cases H1 (edit), H2 (insertion), H3 (reordering) and H6 (malformed) of docs/testing.md: from the
// log alone.
TEST_P(FoundAlone, AndTheEventIsNamed) {
  Record record = record_of(20);
  GetParam().tamper(record);
  const Verification found = verified(record);
  EXPECT_EQ(found.first_bad, GetParam().first_bad) << found.problem;
  EXPECT_EQ(found.events, GetParam().first_bad - 1);
  EXPECT_THAT(found.problem, HasSubstr(GetParam().says));
}

void edit(std::string& line) {
  const std::size_t at = line.find("Z\"");  // of its time
  line[at - 1] = line[at - 1] == '0' ? '1' : '0';
}

INSTANTIATE_TEST_SUITE_P(
    Verifier, FoundAlone,
    ::testing::Values(
        Tampering{"edit", [](Record& r) { edit(r[4]); }, 5, "changed"},
        Tampering{"edit_of_the_first", [](Record& r) { edit(r[0]); }, 1, "changed"},
        Tampering{"edit_before_the_last", [](Record& r) { edit(r[18]); }, 20, "`prev`"},
        Tampering{"prev_of_another",
                  [](Record& r) { r[4].replace(r[4].find("prev\":\"") + 7, 1, "g"); }, 5, "prev"},
        // Nobody can tell this from an edit of the event before.
        Tampering{"another_prev",
                  [](Record& r) {
                    const std::size_t at = r[4].find("prev\":\"") + 7;
                    r[4][at] = r[4][at] == '0' ? '1' : '0';
                    rechain(r, 5);
                  },
                  4, "changed"},
        Tampering{"removal", [](Record& r) { r.erase(r.begin() + 6); }, 7, "another number"},
        Tampering{"removal_of_the_first", [](Record& r) { r.erase(r.begin()); }, 1, "number"},
        Tampering{"insertion", [](Record& r) { r.insert(r.begin() + 3, r[2]); }, 4, "number"},
        Tampering{"reordering", [](Record& r) { std::swap(r[9], r[10]); }, 10, "number"},
        Tampering{"malformed", [](Record& r) { r[11] = "{}"; }, 12, "missing"},
        Tampering{"malformed_and_chained",
                  [](Record& r) {
                    r[11].insert(r[11].size() - 1, ",\"more\":1");
                    rechain(r, 12);
                  },
                  12, ""},
        Tampering{"not_utf8", [](Record& r) { r[3] = "\xff\xfe"; }, 4, ""},
        Tampering{"no_beginning",
                  [](Record& r) {
                    r[0].replace(r[0].find("prev\":\"") + 7, 1, "1");
                    rechain(r, 1);
                  },
                  1, "before it"}),
    [](const auto& tampering) { return std::string(tampering.param.name); });

TEST(Verifier, NumbersUnderWhichLinesAreStoredCount) {
  const Record record = record_of(5);
  const Verification found = verified(record, {}, {1, 2, 4, 5, 6});
  EXPECT_EQ(found.first_bad, 3U);
  EXPECT_THAT(found.problem, HasSubstr("event 4 stands in its place"));
}

// Case H4: what is sound in itself is found by what others hold.
TEST(Verifier, TruncationIsFoundByAHead) {
  const Record record = record_of(20);
  Record shorter(record.begin(), record.begin() + 15);
  EXPECT_TRUE(verified(shorter).holds());
  const Verification found = verified(shorter, {held(head_of(record, 20))});
  EXPECT_EQ(found.first_bad, 16U);
  EXPECT_THAT(found.problem, HasSubstr("a friend saw 20 events"));
  EXPECT_EQ(found.events, 15U);
}

TEST(Verifier, AReceiptIsForItsEvent) {
  const Record record = record_of(2);
  HeldHead receipt = held(head_of(record, 2));
  for (const std::uint64_t index : {0, 1}) {
    receipt.entry = HeldEntry{index, {audit::leaf_hash(record[1 - index])}};
    EXPECT_TRUE(verified(record, {receipt}).holds());
    receipt.entry->inclusion = {audit::leaf_hash(record[index])};
    const Verification found = verified(record, {receipt});
    EXPECT_EQ(found.first_bad, index + 1);
    EXPECT_THAT(found.problem, HasSubstr("not the one that a friend is for"));
  }
}

// Case H5.
TEST(Verifier, ARecordWrittenAnewIsFoundByAHead) {
  const Record record = record_of(20);
  Record forged = record;
  edit(forged[11]);
  rechain(forged, 12);
  EXPECT_TRUE(verified(forged).holds());
  const Verification found =
      verified(forged, {held(head_of(record, 8)), held(head_of(record, 16))});
  EXPECT_EQ(found.first_bad, 9U);
  EXPECT_THAT(found.problem, HasSubstr("up to event 16"));
  EXPECT_EQ(found.anchored_at(), 8U);
  const Verification fork = verified(record_of(20, 2), {held(head_of(record, 20))});
  EXPECT_EQ(fork.first_bad, 1U);
}

// Every byte counts: none can be changed without being found, once the end is held by somebody.
TEST(Verifier, EveryChangedByteIsFound) {
  const Record record = record_of(12);
  const std::vector<HeldHead> heads{held(head_of(record, 12))};
  for (std::size_t i = 0; i < record.size(); ++i) {
    for (std::size_t at = 0; at < record[i].size(); at += 7) {
      Record changed = record;
      changed[i][at] = static_cast<char>(changed[i][at] ^ 1);
      const Verification found = verified(changed, heads);
      EXPECT_FALSE(found.holds()) << i << " " << at;
      EXPECT_LE(found.first_bad, i + 2) << i << " " << at << found.problem;
    }
  }
}

}  // namespace
}  // namespace ringfence::evidence
