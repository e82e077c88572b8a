// SPDX-License-Identifier: Apache-2.0
// Draft: a policy document being put together by an importer.
//
// Contract: holds text only, keeps the order in which things were added, and writes each account,
// role and limit once. Names are made valid and unique: the same source name and place always give
// the same one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/yaml_tree.h"

namespace ringfence::imports {

// One cap: "5.00" of "usd" over "month" or "{rolling: 12h}".
struct Cap {
  std::string unit, amount, window;
  std::string expected = {};  // an alert at this amount; empty: none
};

class Draft {
 public:
  explicit Draft(std::string_view file) : file_(file) {}

  // ---- what could not be carried
  void left_out(YamlNode at, std::string_view what, std::string_view why);
  std::vector<std::string> take_left_out() { return std::move(left_out_); }

  // ---- the document
  void comment(std::string line) { comments_.push_back(std::move(line)); }
  void provider(const std::string& name, std::string rest);
  void price(const std::string& key, std::string rest);
  void unit(const std::string& name, std::string rest);
  void account(const std::string& path);
  void budget(const std::string& path, Cap cap);
  // The role that allows exactly these patterns; made when there is none.
  std::string role_allowing(const std::vector<std::string>& patterns, std::string_view wish);
  void give_role(const std::string& path, const std::string& role);
  void limit(std::string_view wish, std::string rest);
  // A whole document after this one.
  void further(std::string document) { further_.push_back(std::move(document)); }

  // Accounts without an enforced budget in usd, tokens or calls on themselves or above say so.
  std::string text() const;

 private:
  struct Account {
    std::string role;
    std::vector<Cap> budgets;
  };
  bool bounded(const std::string& path) const;

  std::string file_;
  std::vector<std::string> left_out_;
  std::vector<std::string> comments_;
  std::vector<std::string> further_;
  std::vector<std::pair<std::string, std::string>> providers_, prices_, units_, limits_;
  std::vector<std::string> order_;  // of accounts
  std::map<std::string, Account> accounts_;
  std::vector<std::pair<std::string, std::vector<std::string>>> roles_;
  std::set<std::string> limit_names_;
};

// A valid segment of an account path for a source's name; unique within `taken`, to which it is
// added under `key`.
class Names {
 public:
  std::string name(std::string_view key, std::string_view wish);

 private:
  std::map<std::string, std::string, std::less<>> by_key_;
  std::set<std::string> taken_;
};

// "1e-05" is "0.00001". nullopt: no decimal of at most 40 digits without a sign.
std::optional<std::string> plain_decimal(std::string_view text);
// The decimal times ten to the power of `places`.
std::string shifted(std::string_view decimal, int places);
// At most `places` digits after the point, cut; whether something was cut.
std::pair<std::string, bool> cut(std::string_view decimal, int places);

// A string of YAML with its quotes.
std::string yaml_string(std::string_view text);

// Reads of foreign documents: what is absent, null or of another kind is absent.
YamlNode member(YamlNode map, std::string_view key);
std::string text_of(YamlNode map, std::string_view key);

}  // namespace ringfence::imports
