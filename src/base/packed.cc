// SPDX-License-Identifier: Apache-2.0
#include "base/packed.h"

#include <bit>

namespace ringfence {

std::uint64_t PackedReader::natural() {
  std::uint64_t value = 0;
  for (std::size_t at = 0; at < std::min(in_.size(), kPackedNumberMax); ++at) {
    const auto byte = static_cast<unsigned char>(in_[at]);
    const std::uint64_t bits = byte & 0x7fU;
    const auto shift = static_cast<int>(7 * at);
    value |= bits << shift;
    if (byte >= 0x80) continue;
    const bool fits = at + 1 < kPackedNumberMax || bits <= 1;  // 9 * 7 bits, and one
    const bool shortest = at == 0 || byte != 0;
    in_.remove_prefix(at + 1);
    return require(fits && shortest, "a number is not in its one form") ? value : 0;
  }
  require(false, "the end is missing");
  return 0;
}

std::string_view PackedReader::bytes(std::uint64_t size) {
  if (!require(size <= in_.size(), "the end is missing")) return {};
  const std::string_view found = in_.substr(0, size);
  in_.remove_prefix(size);
  return found;
}

std::size_t PackedReader::count() {
  const std::uint64_t count = natural();
  return require(count <= in_.size(), "the end is missing") ? count : 0;
}

void PackedReader::get(Digest& value) {
  const std::string_view found = bytes(value.size());
  value.fill(0);
  std::ranges::copy(found, value.begin());
}

void PackedReader::get(Window& value) {
  value = {};
  get(value.kind);
  if (value.kind != WindowKind::rolling) return;
  get(value.span);
  require(kRollingSpanMin <= value.span && value.span <= kRollingSpanMax, "a window's span");
}

void PackedReader::get(Amounts& value) {
  value = {};
  for (std::uint64_t rest = below(std::uint64_t{1} << units_); rest != 0; rest &= rest - 1) {
    value.set(Unit{static_cast<std::uint8_t>(std::countr_zero(rest))}, integer());
  }
}

}  // namespace ringfence
