// SPDX-License-Identifier: Apache-2.0
// The runner's checking: lines that look and change nothing.
#include <fmt/format.h>

#include <algorithm>

#include "tests/tables/runner.h"

namespace ringfence::tables {

bool Runner::check(const Line& line) {
  return check_views(line) || check_record(line) || check_approvals(line);
}

bool Runner::check_views(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "meter") {
    check_meter(line);
  } else if (word == "account") {
    check_account(line);
  } else if (word == "state") {
    check_state(line);
  } else if (word == "quota") {
    if (line.words.size() < 2) throw BadTable{"quota of which run?"};
    Options options(line.words, 2);
    const auto found = world_.engine().quota(run_id(line.words[1]), world_.now);
    if (const auto walls = options.value("walls")) {
      same_number("walls", number(*walls), static_cast<std::int64_t>(found.size()));
    }
    options.done();
  } else if (word == "status") {
    Options options(line.words, 1);
    const StatusView status = world_.engine().status();
    const auto is = [&](const std::string& key, std::size_t found) {
      if (const auto value = options.value(key)) {
        same_number(key, number(*value), static_cast<std::int64_t>(found));
      }
    };
    is("holds", status.open_holds);
    is("waiters", status.waiters);
    is("runs", status.live_runs);
    is("halts", status.halts);
    options.done();
  } else {
    return false;
  }
  return true;
}

bool Runner::check_record(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "answer") {
    if (line.words.size() != 2) throw BadTable{"answer to which hold?"};
    const auto found = answers_.find(line.words[1]);
    if (found == answers_.end()) {
      complain("`" + line.words[1] + "` has no answer");
      return true;
    }
    const Reply reply = found->second;
    answers_.erase(found);
    expect_reply(line.expected, reply);
  } else if (word == "waiting") {
    if (line.words.size() != 2) throw BadTable{"which hold?"};
    if (!pending_.contains(tickets_[line.words[1]])) complain("it does not wait any more");
  } else if (word == "events") {
    std::string found;
    for (std::size_t i = line_begin_; i < world_.record.size(); ++i) {
      found += (found.empty() ? "" : " ") + std::string(event_type(world_.record[i].body));
    }
    const std::string expected =
        fmt::format("{}", fmt::join(line.words.begin() + 1, line.words.end(), " "));
    same_text("events", expected == "none" ? "" : expected, found);
  } else if (word == "wrote") {
    if (line.words.size() != 2) throw BadTable{"wrote what?"};
    std::string all;
    for (std::size_t i = line_begin_; i < world_.record.size(); ++i) {
      encode(world_.record[i], Digest{}, world_.engine().units(), all);
      all += '\n';
    }
    std::erase(all, '"');
    if (all.find(line.words[1]) == std::string::npos) complain("it wrote only\n" + all);
  } else if (word == "saw") {
    if (line.words.size() < 2) throw BadTable{"saw what?"};
    const auto count = std::ranges::count_if(
        world_.record, [&](const Event& event) { return event_type(event.body) == line.words[1]; });
    const std::int64_t expected = line.words.size() > 2 ? number(line.words[2]) : 1;
    same_number(line.words[1], expected, count);
  } else if (word == "notices") {
    check_notices(line);
  } else if (word == "next") {
    if (line.words.size() != 2) throw BadTable{"next when?"};
    const Time next = world_.engine().next_tick();
    same_text("next", line.words[1], next == Time::max() ? "never" : format_rfc3339(next));
  } else {
    return false;
  }
  return true;
}

void Runner::check_meter(const Line& line) {
  const auto& words = line.words;
  if (words.size() < 4) throw BadTable{"meter SUBJECT [WALL] UNIT WINDOW"};
  const bool named = words.size() > 4 && words[4].find('=') == std::string::npos;
  const Unit of = unit(words[named ? 3 : 2]);
  const testing::MeterName name{account_of(words[1]), named ? words[2] : "budget",
                                words[named ? 3 : 2], words[named ? 4 : 3]};
  const auto meters = world_.meters();
  const auto found = meters.find(name);
  if (!line.expected.empty()) {
    if (line.expected.front() != "none") throw BadTable{"a meter -> none"};
    if (found != meters.end()) complain("there is such a meter");
    return;
  }
  if (found == meters.end()) {
    std::string all;
    for (const auto& [other, view] : meters) all += "\n    " + other.text();
    complain("no meter " + name.text() + " among" + all);
    return;
  }
  Options options(words, named ? 5 : 4);
  const MeterView& view = found->second;
  const auto is = [&](const std::string& key, std::int64_t value) {
    if (const auto expected = options.value(key)) same_amount(key, of, *expected, value);
  };
  is("settled", view.settled);
  is("held", view.held);
  is("cap", view.cap);
  is("policy_cap", view.policy_cap);
  if (const auto waiters = options.value("waiters")) {
    same_number("waiters", number(*waiters), static_cast<std::int64_t>(view.waiters));
  }
  if (const auto resets = options.value("resets")) {
    same_text("resets", *resets, view.resets_at ? format_rfc3339(*view.resets_at) : "never");
  }
  options.done();
}

void Runner::check_account(const Line& line) {
  if (line.words.size() < 2) throw BadTable{"which account?"};
  const auto found = world_.engine().account(account_of(line.words[1]), world_.now);
  if (!line.expected.empty()) {
    if (line.expected.front() != "none") throw BadTable{"an account -> none"};
    if (found) complain("there is such an account");
    return;
  }
  if (!found) {
    complain("no such account");
    return;
  }
  Options options(line.words, 2);
  if (options.flag("open")) same_number("open", 1, found->open);
  if (options.flag("closed")) same_number("open", 0, found->open);
  if (options.flag("halted")) same_number("halted", 1, found->halted);
  if (options.flag("free")) same_number("halted", 0, found->halted);
  if (const auto pauses = options.value("pauses")) {
    same_number("pauses", number(*pauses), static_cast<std::int64_t>(found->pauses.size()));
  }
  if (const auto cause = options.value("cause")) {
    if (std::ranges::find(found->pauses, *cause, &PauseView::cause) == found->pauses.end()) {
      complain("no pause with the cause " + *cause);
    }
  }
  if (const auto holds = options.value("holds")) {
    same_number("holds", number(*holds), static_cast<std::int64_t>(found->open_holds));
  }
  options.done();
}

void Runner::check_state(const Line& line) {
  if (line.words.size() < 2) throw BadTable{"the state of which run?"};
  const auto found = world_.engine().run(run_id(line.words[1]));
  if (!found) {
    complain("no such run");
    return;
  }
  Options options(line.words, 2);
  if (options.flag("live")) same_number("live", 1, found->live);
  if (options.flag("over")) same_number("live", 0, found->live);
  if (options.flag("revoked")) same_number("revoked", 1, found->revoked);
  if (options.flag("unrevoked")) same_number("revoked", 0, found->revoked);
  if (const auto lease = options.value("lease")) {
    same_text("lease", *lease, format_rfc3339(found->lease_until));
  }
  if (const auto end = options.value("end")) {
    same_text("end", *end, format_rfc3339(found->hard_end));
  }
  if (const auto holds = options.value("holds")) {
    same_number("holds", number(*holds), found->holds);
  }
  if (const auto refusals = options.value("refusals")) {
    same_number("refusals", number(*refusals), found->refusals);
  }
  options.rest([&](const std::string& key, const std::string& value) {
    const bool held = key.starts_with("held.");
    const auto unit = maybe_unit(held ? key.substr(5) : key);
    if (unit) same_amount(key, *unit, value, (held ? found->held : found->settled).get(*unit));
    return unit.has_value();
  });
  options.done();
}

void Runner::check_notices(const Line& line) {
  std::vector<std::string> found;
  for (const Notice& notice : notices_) {
    if (const auto* closed = std::get_if<HoldClosed>(&notice)) {
      std::string name = fmt::format("#{}", closed->hold.number);
      for (const auto& [each, id] : holds_) {
        if (id == closed->hold) name = each;
      }
      found.push_back(fmt::format("closed:{}={}:{}", name, to_string(closed->state),
                                  to_string(closed->reason)));
    } else if (const auto* run = std::get_if<RunClosed>(&notice)) {
      found.push_back(fmt::format("run:{}={}", run->run_id.substr(2), to_string(run->reason)));
    } else {
      found.emplace_back("policy");
    }
  }
  std::vector<std::string> expected(line.words.begin() + 1, line.words.end());
  if (expected == std::vector<std::string>{"none"}) expected.clear();
  std::ranges::sort(found);
  std::ranges::sort(expected);
  same_text("notices", fmt::format("{}", fmt::join(expected, " ")),
            fmt::format("{}", fmt::join(found, " ")));
}

}  // namespace ringfence::tables
