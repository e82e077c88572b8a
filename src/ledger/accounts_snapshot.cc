// SPDX-License-Identifier: Apache-2.0
// Accounts as they stand in a snapshot: those below the root in the order they were opened, then
// the pauses, by account.
#include "base/path.h"
#include "ledger/ledger_fields.h"

namespace ringfence {

void Accounts::save(PackedWriter& out) const {
  out.natural(accounts_.size() - 1);
  for (std::uint32_t i = 1; i < accounts_.size(); ++i) out(accounts_[i].path, accounts_[i].is_run);
  out.natural(pauses_.size());
  for (const auto* entry : by_key(pauses_)) out(entry->first, entry->second);
}

void Accounts::load(PackedReader& in) {
  const std::size_t count = in.count();
  by_path_.reserve(count + 1);
  for (std::size_t left = count; left > 0 && in.ok(); --left) {
    const std::string_view path = in.text();
    bool is_run = false;
    in(is_run);
    const bool fits = find(path) == nullptr && find(parent_path(path)) != nullptr;
    if (!in.require(fits, "an account opens once, after its parent")) return;
    open(path).is_run = is_run;
  }
  std::uint32_t next = 0;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    AccountId id;
    std::vector<Pause> pauses;
    in(id, pauses);
    const bool follows = next <= id.index && id.index < size() && !pauses.empty();
    if (!in.require(follows, "pauses are in the order of their accounts")) return;
    next = id.index + 1;
    for (Pause& each : pauses) pause(at(id), std::move(each));
  }
}

}  // namespace ringfence
