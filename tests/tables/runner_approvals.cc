// SPDX-License-Identifier: Apache-2.0
// The runner's approvals: what people decide, and what is asked of them.
#include <fmt/format.h>

#include "tests/tables/runner.h"

namespace ringfence::tables {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string Runner::approval_id(const std::string& name) const {
  const auto found = approvals_.find(name);
  if (found != approvals_.end()) return found->second;
  if (name.starts_with("ap_")) return name;
  throw BadTable{"no approval `" + name + "`"};
}

void Runner::expect_approval(const std::string& name, const Refusal& refusal) {
  if (!refusal.approval) return complain("it names no approval");
  if (refusal.sentence.find(refusal.approval->id) == std::string::npos) {
    complain("the sentence does not name the approval: " + refusal.sentence);
  }
  const auto [known, fresh] = approvals_.emplace(name, refusal.approval->id);
  same_text("approval", known->second, refusal.approval->id);
}

bool Runner::do_approval(const Line& line) {
  const std::string& word = line.words.front();
  if (word != "approve" && word != "disapprove") return false;
  if (line.words.size() < 2) throw BadTable{"which approval?"};
  Options options(line.words, 2);
  DecideApproval decide;
  decide.approval = approval_id(line.words[1]);
  decide.approve = word == "approve";
  decide.actor = options.value("by").value_or("olga");
  decide.groups = split(options.value("groups").value_or("*"));
  decide.comment = options.value("comment").value_or(decide.approve ? "" : "no");
  if (decide.comment == "none") decide.comment.clear();
  if (decide.comment == "long") decide.comment.assign(1'001, 'x');
  if (const auto uses = options.value("uses")) decide.uses = number(*uses);
  if (const auto until = options.value("until")) decide.until = time(*until);
  options.done();
  submit(line, std::move(decide));
  return true;
}

bool Runner::check_approvals(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "approval") {
    check_approval(line);
  } else if (word == "queue") {
    check_queue(line);
  } else {
    return false;
  }
  return true;
}

void Runner::check_approval(const Line& line) {
  if (line.words.size() < 2) throw BadTable{"which approval?"};
  const auto view = world_.engine().approval(approval_id(line.words[1]), world_.now);
  if (!line.expected.empty()) {
    if (line.expected.front() != "none") throw BadTable{"an approval -> none"};
    if (view) complain("there is such an approval");
    return;
  }
  if (!view) return complain("there is no such approval");
  Options options(line.words, 2);
  if (const auto state = options.value("state")) {
    same_text("state", *state, std::string(to_string(view->state)));
  }
  const auto is = [&](const std::string& key, std::int64_t found) {
    if (const auto value = options.value(key)) same_number(key, number(*value), found);
  };
  is("uses", view->uses_left);
  is("given", static_cast<std::int64_t>(view->given.size()));
  is("quorum", view->quorum);
  is("walls", static_cast<std::int64_t>(view->walls.size()));
  is("rules", static_cast<std::int64_t>(view->rules.size()));
  if (const auto until = options.value("until")) {
    same_text("until", *until, view->until ? format_rfc3339(*view->until) : "none");
  }
  if (const auto expires = options.value("expires")) {
    same_text("expires", *expires, format_rfc3339(view->expires_at));
  }
  options.rest([&](const std::string& key, const std::string& value) {
    const auto unit = maybe_unit(key);
    if (unit) same_amount(key, *unit, value, view->need.get(*unit));
    return unit.has_value();
  });
  options.done();
}

void Runner::check_queue(const Line& line) {
  if (line.words.size() < 2) throw BadTable{"queue of how many?"};
  Options options(line.words, 2);
  ApprovalFilter filter;
  filter.max = testing::World::kAccountsMax;
  filter.under = options.value("under").value_or("/");
  if (const auto state = options.value("state")) {
    filter.state = approval_state_from(*state);
    if (!filter.state) throw BadTable{"no state `" + *state + "`"};
  }
  options.done();
  same_number("queue", number(line.words[1]),
              static_cast<std::int64_t>(world_.engine().approvals(filter, world_.now).size()));
}

}  // namespace ringfence::tables
