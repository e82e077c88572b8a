// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_text.h"

#include <fmt/format.h>

#include <iterator>

#include "cli/api_client.h"

namespace ringfence {
namespace {

const Json::Array& list(const Json& json, std::string_view member) {
  static const Json::Array kNone;
  const Json* found = json.find(member);
  return found != nullptr && found->array() != nullptr ? *found->array() : kNone;
}

class Page {
 public:
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<T>(values)...);
  }
  void add_walls(const Json::Array& walls) {
    for (const Json& wall : walls) {
      add("    {:<8} {:>14} settled {:>14} held {:>14} left of {:>14} per {:<8} {}\n",
          text_of(wall, "unit"), text_of(wall, "settled"), text_of(wall, "held"),
          text_of(wall, "left"), text_of(wall, "cap"), text_of(wall, "window"),
          text_of(wall, "account"));
    }
  }
  // "usd=0.50 calls=1"
  static std::string amounts(const Json& json, std::string_view member) {
    std::string text;
    const Json* found = json.find(member);
    if (found == nullptr || found->object() == nullptr) return text;
    for (const auto& [unit, amount] : *found->object()) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", unit, text_of(*found, unit));
    }
    return text;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string replay_text(const Json& state) {
  Page page;
  page.add("event {} of {}, {}\n", text_of(state, "event"), text_of(state, "newest"),
           text_of(state, "time"));
  if (const std::string why = text_of(state, "no_walls"); !why.empty()) page.add("{}\n", why);
  if (text_of(state, "clock_stopped") == "true") page.add("admission was stopped: the clock\n");
  for (const Json& halt : list(state, "halts")) {
    const std::string operation = text_of(halt, "operation");
    page.add("HALT {}  {}{}{}  {}\n", text_of(halt, "halt"),
             text_of(halt, "everything") == "true" ? "everything" : text_of(halt, "account"),
             operation.empty() ? "" : " ", operation, text_of(halt, "reason"));
  }
  for (const Json& account : list(state, "accounts")) {
    page.add("{}  [{}]\n", text_of(account, "account"), text_of(account, "state"));
    page.add_walls(list(account, "budgets"));
  }
  for (const Json& run : list(state, "runs")) {
    page.add("run {}  {}  [{}]  {} holds, {} refused  settled {}  held {}\n", text_of(run, "run"),
             text_of(run, "account"), text_of(run, "state"), text_of(run, "holds"),
             text_of(run, "refusals"), Page::amounts(run, "settled"), Page::amounts(run, "held"));
    page.add_walls(list(run, "walls"));
  }
  for (const Json& hold : list(state, "holds")) {
    page.add("hold {}  {}  {}  {}  until {}\n", text_of(hold, "hold"), text_of(hold, "run"),
             text_of(hold, "operation"), Page::amounts(hold, "held"), text_of(hold, "expires_at"));
  }
  if (text_of(state, "truncated") == "true") {
    page.add("... and more: name an --account, or ask for --json\n");
  }
  return page.take();
}

}  // namespace ringfence
