// SPDX-License-Identifier: Apache-2.0
#include "ledger/accounts.h"

#include "base/ensure.h"
#include "base/path.h"

namespace ringfence {

Accounts::Accounts() {
  Account& root = accounts_.emplace_back();
  root.path = "/";
  by_path_.emplace(root.path, root.id);
}

Account& Accounts::open(std::string_view path) {
  RF_ENSURE(find(path) == nullptr, "an account is opened once");
  Account* parent = find(parent_path(path));
  RF_ENSURE(parent != nullptr, "an account opens after its parent");
  Account& account = accounts_.emplace_back();  // moves no other
  account.id = AccountId{static_cast<std::uint32_t>(accounts_.size() - 1)};
  account.parent = parent->id;
  account.path = paths_.add(path);
  account.depth = parent->depth + 1;
  if (parent->last_child == kRootAccount) {
    parent->first_child = account.id;
  } else {
    at(parent->last_child).next_sibling = account.id;
  }
  parent->last_child = account.id;
  by_path_.emplace(account.path, account.id);
  return account;
}

Account* Accounts::find(std::string_view path) {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : &accounts_[it->second.index];
}

const Account* Accounts::find(std::string_view path) const {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : &accounts_[it->second.index];
}

std::vector<AccountId> Accounts::children(const Account& account) const {
  std::vector<AccountId> ids;
  for (AccountId id = account.first_child; id != kRootAccount; id = at(id).next_sibling) {
    ids.push_back(id);
  }
  return ids;
}

const std::vector<Pause>& Accounts::pauses(AccountId id) const {
  static const std::vector<Pause> kNone;
  const auto found = pauses_.find(id.index);
  return found == pauses_.end() ? kNone : found->second;
}

void Accounts::pause(Account& account, Pause pause) {
  pauses_[account.id.index].push_back(std::move(pause));
  account.paused = true;
}

void Accounts::lift(Account& account, std::string_view cause, std::string_view wall) {
  const auto found = pauses_.find(account.id.index);
  if (found == pauses_.end()) return;
  std::erase_if(found->second,
                [&](const Pause& pause) { return pause.cause == cause && pause.wall == wall; });
  if (!found->second.empty()) return;
  pauses_.erase(found);
  account.paused = false;
}

}  // namespace ringfence
