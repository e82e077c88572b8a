// SPDX-License-Identifier: Apache-2.0
#include "engine/frozen_holds.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ensure.h"
#include "engine/state_fields.h"

namespace ringfence {
namespace {

constexpr std::size_t kHeadBytes = 12;

// The yes and no of a hold, one bit each.
template <class AnyHold, class Fact, class F>
void for_each_flag(AnyHold& hold, Fact& fact, F&& f) {
  int bit = 0;
  for (auto* flag : {&fact.clamped, &fact.by_holder, &fact.late, &fact.uncertain, &fact.implausible,
                     &hold.by_parts}) {
    f(*flag, std::uint64_t{1} << bit++);
  }
}

constexpr std::uint64_t kFlagsMax = std::uint64_t{1} << 6;

// What is read may be from anywhere, so times that are far apart must not overflow.
std::int64_t apart(Time a, Time b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a.us) -
                                   static_cast<std::uint64_t>(b.us));
}
Time after(Time t, std::int64_t us) {
  return {
      static_cast<std::int64_t>(static_cast<std::uint64_t>(t.us) + static_cast<std::uint64_t>(us))};
}

// As PackedWriter, but to where there is room for `bytes_max` of what is packed.
class Packer {
 public:
  explicit Packer(char* out) : out_(out) {}
  char* end() const { return out_; }
  void natural(std::uint64_t value) { out_ = pack_natural(out_, value); }
  void integer(std::int64_t value) { natural(zigzag(value)); }
  void text(std::string_view text) {
    natural(text.size());
    out_ = std::copy(text.begin(), text.end(), out_);
  }
  void amounts(const Amounts& amounts) {
    natural(amounts.present());
    amounts.for_each([&](Unit, std::int64_t amount) { integer(amount); });
  }

 private:
  char* out_;
};

// More than a hold takes when it is packed.
std::size_t bytes_max(const Hold& hold, const HoldFact& fact) {
  constexpr std::size_t kNumberMax = kPackedNumberMax;
  constexpr std::size_t kAmountsMax = kNumberMax * (kUnitsMax + 1);
  constexpr std::size_t kNumbers = 13;  // or fewer, besides
  std::size_t texts = fact.operation.size() + fact.holder.size() + fact.decision_id.size();
  for (const std::string& text : fact.further) texts += kNumberMax + text.size();
  return kNumberMax * (kNumbers + 2 * hold.touches.size()) + 5 * kAmountsMax + texts;
}

// An entry, as `FrozenHolds::add` packs it.
void unpack(PackedReader& in, Hold& hold, HoldFact& fact) {
  hold.open = false;
  in(hold.account, hold.resolved_at);
  hold.opened = after(hold.resolved_at, in.integer());
  hold.deadline = after(hold.opened, in.integer());
  hold.live = {};
  in(hold.need, hold.charged, hold.touches, fact.operation, fact.holder, fact.decision_id,
     fact.further, fact.output_cap, fact.state);
  const std::uint64_t flags = in.natural();
  in.require(flags < kFlagsMax, "a flag that there is not");
  for_each_flag(hold, fact, [&](bool& flag, std::uint64_t bit) { flag = (flags & bit) != 0; });
  in(fact.physical_max, fact.stated, fact.claimed);
}

std::uint32_t length_at(const std::string& chunk, std::size_t offset) {
  std::uint32_t length = 0;
  std::memcpy(&length, chunk.data() + offset, sizeof length);
  return length;
}

HoldId id_at(const std::string& chunk, std::size_t offset) {
  HoldId id;
  std::memcpy(&id.number, chunk.data() + offset + 4, sizeof id.number);
  return id;
}

std::string_view packed_at(const std::string& chunk, std::size_t offset) {
  return std::string_view(chunk).substr(offset + kHeadBytes, length_at(chunk, offset));
}

}  // namespace

std::pair<FrozenHolds::Place, std::string*> FrozenHolds::next_place() {
  if (chunks_.empty() || chunks_.back().size() >= kChunkBytes) {
    chunks_.emplace_back().reserve(kChunkBytes + 4096);
  }
  std::string& chunk = chunks_.back();
  return {{first_chunk_ + static_cast<std::uint32_t>(chunks_.size()) - 1,
           static_cast<std::uint32_t>(chunk.size())},
          &chunk};
}

// What is packed there, at the end of its chunk, is an entry from now on.
void FrozenHolds::put(HoldId id, Place place) {
  std::string& chunk = chunks_.back();
  const auto length = static_cast<std::uint32_t>(chunk.size() - place.offset - kHeadBytes);
  std::memcpy(chunk.data() + place.offset, &length, sizeof length);
  std::memcpy(chunk.data() + place.offset + 4, &id.number, sizeof id.number);
  const bool fresh = where_.emplace(id.number, place).second;
  RF_ENSURE(fresh, "a hold is frozen once");
}

void FrozenHolds::add(const Hold& hold, const HoldFact& fact) {
  RF_ENSURE(!hold.open, "what is open is not frozen");
  const auto [place, last] = next_place();
  std::string& chunk = *last;
  chunk.resize(place.offset + kHeadBytes + bytes_max(hold, fact));
  Packer pack(chunk.data() + place.offset + kHeadBytes);
  // What `oldest` reads comes first.
  pack.natural(hold.account.index);
  pack.integer(hold.resolved_at.us);
  pack.integer(apart(hold.opened, hold.resolved_at));
  pack.integer(apart(hold.deadline, hold.opened));
  pack.amounts(hold.need);
  pack.amounts(hold.charged);
  pack.natural(hold.touches.size());
  for (const Touch& touch : hold.touches) {
    pack.natural(touch.meter.number);
    pack.integer(touch.amount);
  }
  pack.text(fact.operation);
  pack.text(fact.holder);
  pack.text(fact.decision_id);
  pack.natural(fact.further.size());
  for (const std::string& text : fact.further) pack.text(text);
  pack.integer(fact.output_cap);
  pack.natural(static_cast<std::uint64_t>(fact.state));
  std::uint64_t flags = 0;
  for_each_flag(hold, fact, [&](bool flag, std::uint64_t bit) { flags |= flag ? bit : 0; });
  pack.natural(flags);
  pack.amounts(fact.physical_max);
  pack.amounts(fact.stated);
  pack.amounts(fact.claimed);

  chunk.resize(static_cast<std::size_t>(pack.end() - chunk.data()));
  put(hold.id, place);
}

void FrozenHolds::read(HoldId id, Hold& hold, HoldFact& fact) const {
  const auto found = where_.find(id.number);
  RF_ENSURE(found != where_.end(), "only what is frozen is read");
  const std::string& chunk = chunk_of(found->second);
  PackedReader in(packed_at(chunk, found->second.offset));
  unpack(in, hold, fact);
  RF_ENSURE(in.ok(), "what was packed is read");
}

void FrozenHolds::pass_oldest() {
  const std::string& chunk = chunks_.front();
  front_offset_ += static_cast<std::uint32_t>(kHeadBytes) + length_at(chunk, front_offset_);
}

bool FrozenHolds::seek_oldest() {
  while (!chunks_.empty()) {
    const std::string& chunk = chunks_.front();
    if (front_offset_ == chunk.size()) {
      if (chunks_.size() == 1) return false;  // it is still written to
      chunks_.pop_front();
      ++first_chunk_;
      front_offset_ = 0;
      continue;
    }
    const auto found = where_.find(id_at(chunk, front_offset_).number);
    if (found != where_.end() && found->second == Place{first_chunk_, front_offset_}) return true;
    pass_oldest();
  }
  return false;
}

std::optional<FrozenHolds::Oldest> FrozenHolds::oldest() {
  if (!seek_oldest()) return std::nullopt;
  const std::string& chunk = chunks_.front();
  PackedReader in(packed_at(chunk, front_offset_));
  Oldest found;
  found.id = id_at(chunk, front_offset_);
  in(found.account, found.resolved_at);
  return found;
}

void FrozenHolds::forget_oldest() {
  RF_ENSURE(seek_oldest(), "there is one to forget");
  drop(id_at(chunks_.front(), front_offset_));
  pass_oldest();
}

// ---- snapshots

void FrozenHolds::save(PackedWriter& out) const {
  out.natural(where_.size());
  std::size_t offset = front_offset_;
  auto chunk_number = first_chunk_;
  for (const std::string& chunk : chunks_) {
    for (; offset < chunk.size(); offset += kHeadBytes + length_at(chunk, offset)) {
      const HoldId id = id_at(chunk, offset);
      const auto found = where_.find(id.number);
      const Place here{chunk_number, static_cast<std::uint32_t>(offset)};
      if (found != where_.end() && found->second == here) out(id, packed_at(chunk, offset));
    }
    offset = 0;
    ++chunk_number;
  }
}

void FrozenHolds::load(PackedReader& in, const std::function<bool(AccountId)>& holds_of) {
  const std::size_t count = in.count();
  where_.reserve(count);
  Hold hold;
  HoldFact fact;
  for (std::size_t left = count; left > 0 && in.ok(); --left) {
    HoldId id;
    in(id);
    const std::string_view packed = in.text();
    PackedReader inside = in.part(packed);
    unpack(inside, hold, fact);
    const bool fits = inside.ok() && inside.at_end() && !where_.contains(id.number);
    if (!in.require(fits && holds_of(hold.account), "a resolved hold, packed once")) return;
    const auto [place, chunk] = next_place();
    chunk->resize(place.offset + kHeadBytes);
    chunk->append(packed);
    put(id, place);
  }
}

}  // namespace ringfence
