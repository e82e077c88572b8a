// SPDX-License-Identifier: Apache-2.0
#include "engine/frozen_holds.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/ensure.h"

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

// Little integers in few bytes: seven bits each, the lowest first; the sign goes last.
class Packer {
 public:
  // Writes to where there is room for `bytes_max` of what is packed.
  explicit Packer(char* out) : out_(out) {}
  char* end() const { return out_; }
  void natural(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *out_++ = static_cast<char>(value | 0x80);
    *out_++ = static_cast<char>(value);
  }
  void integer(std::int64_t value) {
    natural((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
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
  constexpr std::size_t kNumberMax = 10;
  constexpr std::size_t kAmountsMax = kNumberMax * (kUnitsMax + 1);
  constexpr std::size_t kNumbers = 13;  // or fewer, besides
  std::size_t texts = fact.operation.size() + fact.holder.size() + fact.decision_id.size();
  for (const std::string& text : fact.further) texts += kNumberMax + text.size();
  return kNumberMax * (kNumbers + 2 * hold.touches.size()) + 5 * kAmountsMax + texts;
}

class Unpacker {
 public:
  explicit Unpacker(std::string_view in) : in_(in) {}
  std::uint64_t natural() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.at(at_++));
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
  }
  std::int64_t integer() {
    const std::uint64_t value = natural();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  void text(std::string& out) {
    const std::size_t size = natural();
    out.assign(in_.substr(at_, size));
    at_ += size;
  }
  void amounts(Amounts& out) {
    out = {};
    for (std::uint64_t present = natural(); present != 0; present &= present - 1) {
      out.set(Unit{static_cast<std::uint8_t>(std::countr_zero(present))}, integer());
    }
  }

 private:
  std::string_view in_;
  std::size_t at_ = 0;
};

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

}  // namespace

void FrozenHolds::add(const Hold& hold, const HoldFact& fact) {
  RF_ENSURE(!hold.open, "what is open is not frozen");
  if (chunks_.empty() || chunks_.back().size() >= kChunkBytes) {
    chunks_.emplace_back().reserve(kChunkBytes + 4096);
  }
  std::string& chunk = chunks_.back();
  const Place place{first_chunk_ + static_cast<std::uint32_t>(chunks_.size()) - 1,
                    static_cast<std::uint32_t>(chunk.size())};
  chunk.resize(place.offset + kHeadBytes + bytes_max(hold, fact));
  Packer pack(chunk.data() + place.offset + kHeadBytes);
  // What `oldest` reads comes first.
  pack.natural(hold.account.index);
  pack.integer(hold.resolved_at.us);
  pack.integer(hold.resolved_at.us - hold.opened.us);
  pack.integer(hold.deadline.us - hold.opened.us);
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
  const auto length = static_cast<std::uint32_t>(chunk.size() - place.offset - kHeadBytes);
  std::memcpy(chunk.data() + place.offset, &length, sizeof length);
  std::memcpy(chunk.data() + place.offset + 4, &hold.id.number, sizeof hold.id.number);
  const bool fresh = where_.emplace(hold.id.number, place).second;
  RF_ENSURE(fresh, "a hold is frozen once");
}

void FrozenHolds::read(HoldId id, Hold& hold, HoldFact& fact) const {
  const auto found = where_.find(id.number);
  RF_ENSURE(found != where_.end(), "only what is frozen is read");
  const std::string& chunk = chunk_of(found->second);
  const std::size_t start = found->second.offset;
  Unpacker unpack(std::string_view(chunk).substr(start + kHeadBytes, length_at(chunk, start)));
  hold.open = false;
  hold.account.index = static_cast<std::uint32_t>(unpack.natural());
  hold.resolved_at.us = unpack.integer();
  hold.opened.us = hold.resolved_at.us - unpack.integer();
  hold.deadline.us = hold.opened.us + unpack.integer();
  hold.live = {};
  unpack.amounts(hold.need);
  unpack.amounts(hold.charged);
  hold.touches.resize(unpack.natural());
  for (Touch& touch : hold.touches) {
    touch.meter.number = unpack.natural();
    touch.amount = unpack.integer();
  }
  unpack.text(fact.operation);
  unpack.text(fact.holder);
  unpack.text(fact.decision_id);
  fact.further.resize(unpack.natural());
  for (std::string& text : fact.further) unpack.text(text);
  fact.output_cap = unpack.integer();
  fact.state = static_cast<HoldState>(unpack.natural());
  const std::uint64_t flags = unpack.natural();
  for_each_flag(hold, fact, [&](bool& flag, std::uint64_t bit) { flag = (flags & bit) != 0; });
  unpack.amounts(fact.physical_max);
  unpack.amounts(fact.stated);
  unpack.amounts(fact.claimed);
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
  Unpacker unpack(std::string_view(chunk).substr(front_offset_ + kHeadBytes));
  Oldest found;
  found.id = id_at(chunk, front_offset_);
  found.account.index = static_cast<std::uint32_t>(unpack.natural());
  found.resolved_at.us = unpack.integer();
  return found;
}

void FrozenHolds::forget_oldest() {
  RF_ENSURE(seek_oldest(), "there is one to forget");
  drop(id_at(chunks_.front(), front_offset_));
  pass_oldest();
}

}  // namespace ringfence
