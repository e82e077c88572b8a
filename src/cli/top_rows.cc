// SPDX-License-Identifier: Apache-2.0
#include "cli/top_rows.h"

#include <algorithm>
#include <map>

#include "base/ensure.h"
#include "base/path.h"

namespace ringfence::top {
namespace {

struct Node {
  const AccountLine* account = nullptr;
  std::vector<std::size_t> children;
  std::int64_t rank = 0;  // the greater, the higher up
  bool shown = true;
};

class TreeBuilder {
 public:
  TreeBuilder(const Snapshot& snapshot, const History& history, const TreeOptions& options)
      : history_(history), options_(options) {
    for (const AccountLine& account : snapshot.accounts) add(account);
    mark_shown();
    sort(tops_);
    for (Node& node : nodes_) sort(node.children);
  }

  Tree build() {
    for (const std::size_t top : tops_) append(top, 0);
    return std::move(tree_);
  }

 private:
  void add(const AccountLine& account) {
    if (account.ended && !options_.ended_runs) {
      ++tree_.ended_hidden;
      return;
    }
    const std::size_t index = nodes_.size();
    nodes_.push_back({&account, {}, rank_of(account), true});
    by_path_.try_emplace(account.path, index);
    for (std::string_view above = parent_path(account.path); !above.empty();
         above = parent_path(above)) {
      const auto found = by_path_.find(above);
      if (found == by_path_.end()) continue;
      nodes_[found->second].children.push_back(index);
      return;
    }
    tops_.push_back(index);
  }

  std::int64_t rank_of(const AccountLine& account) const {
    const WallLine* wall = account.wall_of("usd");
    switch (options_.sort) {
      case Sort::name: return 0;
      case Sort::spent: return wall == nullptr ? -1 : wall->settled;
      case Sort::burn: return wall == nullptr ? -1 : history_.burn(account, *wall).value_or(-1);
      case Sort::time: {
        const WallLine* tightest = account.tightest();
        const auto time =
            tightest == nullptr ? std::nullopt : history_.time_to_wall(account, *tightest);
        return time ? -time->us : INT64_MIN;
      }
    }
    RF_ENSURE(false, "every order has its rank");
  }

  // Children come after their parents, so that from the end each is known before its parent is.
  void mark_shown() {
    if (options_.filter.empty()) return;
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      Node& node = nodes_[i];
      node.shown = node.account->path.find(options_.filter) != std::string::npos ||
                   std::ranges::any_of(node.children,
                                       [this](std::size_t child) { return nodes_[child].shown; });
    }
  }

  void sort(std::vector<std::size_t>& siblings) {
    std::ranges::sort(siblings, [this](std::size_t a, std::size_t b) {
      if (nodes_[a].rank != nodes_[b].rank) return nodes_[a].rank > nodes_[b].rank;
      return nodes_[a].account->path < nodes_[b].account->path;
    });
  }

  // As deep as a path may be, kPathDepthMax.
  void append(std::size_t index, std::size_t depth) {
    const Node& node = nodes_[index];
    if (!node.shown) return;
    const bool folded = options_.filter.empty() && options_.folded.contains(node.account->path);
    tree_.rows.push_back({node.account, depth, !node.children.empty(), folded});
    if (folded) return;
    for (const std::size_t child : node.children) append(child, depth + 1);
  }

  const History& history_;
  const TreeOptions& options_;
  std::vector<Node> nodes_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
  std::vector<std::size_t> tops_;
  Tree tree_;
};

}  // namespace

std::string_view to_string(Sort sort) {
  switch (sort) {
    case Sort::name: return "name";
    case Sort::spent: return "spent";
    case Sort::burn: return "burn";
    case Sort::time: return "time to wall";
  }
  RF_ENSURE(false, "every order has its name");
}

Tree tree_of(const Snapshot& snapshot, const History& history, const TreeOptions& options) {
  return TreeBuilder(snapshot, history, options).build();
}

}  // namespace ringfence::top
