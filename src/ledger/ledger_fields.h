// SPDX-License-Identifier: Apache-2.0
// What the ledger's plain values consist of, for base/packed.h.
//
// Contract: each names all members of its struct; one that is new does not compile until it is
// named here too.
#pragma once

#include "base/packed.h"
#include "ledger/accounts.h"
#include "ledger/holds.h"

namespace ringfence {

template <class Packed>
void fields(Packed& packed, MaybeConst<AccountId> auto& id) {
  packed(id.index);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<MeterId> auto& id) {
  packed(id.number);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<HoldId> auto& id) {
  packed(id.number);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Span> auto& span) {
  auto& [start, end] = span;
  packed(start, end);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Touch> auto& touch) {
  auto& [meter, amount] = touch;
  packed(meter, amount);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Pause> auto& pause) {
  auto& [cause, wall, reason] = pause;
  packed(cause, wall, reason);
}

}  // namespace ringfence
