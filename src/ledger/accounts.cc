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
  const AccountId id{static_cast<std::uint32_t>(accounts_.size())};
  parent->children.push_back(id);
  const AccountId parent_id = parent->id;
  const std::uint32_t depth = parent->depth + 1;
  Account& account = accounts_.emplace_back();
  account.id = id;
  account.parent = parent_id;
  account.path = path;
  account.depth = depth;
  by_path_.emplace(account.path, id);
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

}  // namespace ringfence
