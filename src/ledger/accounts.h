// SPDX-License-Identifier: Apache-2.0
// Accounts: the tree that every operation is charged up along, from its leaf to the root.
//
// Contract: pure. An account is opened once, after its parent, and never removed; its id is its
// place in that order, and its path is valid for the tree's life. The walls on it are its budgets.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/slab.h"
#include "ledger/ids.h"
#include "ledger/meter.h"
#include "ledger/names.h"

namespace ringfence {

class PackedReader;
class PackedWriter;

struct Pause {
  std::string cause;  // "budget", "operator", "anomaly"
  std::string wall;   // the wall's key, for cause budget
  std::string reason;
};

struct Account {
  AccountId id;
  AccountId parent;
  std::string_view path;
  std::vector<WallId> budgets;
  std::uint32_t depth = 0;
  std::uint32_t live_runs = 0;   // at or below
  std::uint32_t open_holds = 0;  // of this very account
  bool is_run = false;
  bool paused = false;  // has pauses

 private:
  friend class Accounts;
  AccountId first_child, last_child, next_sibling;  // the root: none
};

class Accounts {
 public:
  Accounts();  // with the root
  // `path`'s parent must be open. Opening twice is a broken invariant.
  Account& open(std::string_view path);
  Account* find(std::string_view path);
  const Account* find(std::string_view path) const;
  Account& at(AccountId id) { return accounts_[id.index]; }
  const Account& at(AccountId id) const { return accounts_[id.index]; }
  std::size_t size() const { return accounts_.size(); }
  // In the order they were opened.
  std::vector<AccountId> children(const Account& account) const;

  // In the order they came.
  const std::vector<Pause>& pauses(AccountId id) const;
  void pause(Account& account, Pause pause);
  void lift(Account& account, std::string_view cause, std::string_view wall);

  // Calls f(Account&) from the account up to the root.
  template <class F>
  void up(AccountId id, F&& f) {
    for (Account* account = &at(id);; account = &at(account->parent)) {
      f(*account);
      if (account->depth == 0) return;
    }
  }
  template <class F>
  void up(AccountId id, F&& f) const {
    for (const Account* account = &at(id);; account = &at(account->parent)) {
      f(*account);
      if (account->depth == 0) return;
    }
  }

  // Budgets and counts are whoever's binds walls and opens holds. Loads into a tree of the root.
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

 private:
  Slab<Account> accounts_;
  Names paths_;
  boost::unordered_flat_map<std::string_view, AccountId> by_path_;
  std::unordered_map<std::uint32_t, std::vector<Pause>> pauses_;  // of those that have some
};

}  // namespace ringfence
