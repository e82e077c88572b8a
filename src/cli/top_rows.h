// SPDX-License-Identifier: Apache-2.0
// Rows: the accounts as a tree, in the order and with the folds a person asked for.
//
// Contract: pure. Siblings are sorted, never the tree torn apart. A filter shows what it fits and
// what that lies in, and then no fold counts.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/top_history.h"
#include "cli/top_snapshot.h"

namespace ringfence::top {

enum class Sort : std::uint8_t { name, spent, burn, time };
std::string_view to_string(Sort sort);

struct TreeOptions {
  Sort sort = Sort::name;
  std::string filter;            // in the path; empty: all
  std::set<std::string> folded;  // paths
  bool ended_runs = false;       // shown too
};

struct TreeRow {
  const AccountLine* account = nullptr;  // of the snapshot
  std::size_t depth = 0;
  bool parent = false;  // there is something below it
  bool folded = false;
};

struct Tree {
  std::vector<TreeRow> rows;
  std::size_t ended_hidden = 0;
};

Tree tree_of(const Snapshot& snapshot, const History& history, const TreeOptions& options);

}  // namespace ringfence::top
