// SPDX-License-Identifier: Apache-2.0
// The runner's doing: a line becomes a command, its reply meets what the line expects.
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "engine/kept_objects.h"
#include "policy/policy.h"
#include "tests/tables/runner.h"

namespace ringfence::tables {
namespace {

constexpr std::string_view kActor = "olga";
constexpr int kRateScale = 6;  // USD per million tokens in pico-USD per token
constexpr int kPicoScale = 12;

void need_words(const Line& line, std::size_t count) {
  if (line.words.size() < count) throw BadTable{"`" + line.words.front() + "` needs more words"};
}

// The request's content: the line without the name, the wait and the key.
std::string content(const Line& line) {
  std::string text;
  for (std::size_t i = 2; i < line.words.size(); ++i) {
    const std::string& word = line.words[i];
    if (!word.starts_with("wait=") && !word.starts_with("key=") && !word.starts_with("approval="))
      text += word + " ";
  }
  return text;
}

std::int64_t decimal(const std::string& text, int scale) {
  const auto value = parse_decimal(text, scale);
  if (!value) throw BadTable{"`" + text + "`: " + value.error().text()};
  return *value;
}

}  // namespace

// ---- runs

bool Runner::do_run(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "run" || word == "delegate") {
    start_run(line, word == "delegate");
  } else if (word == "renew") {
    need_words(line, 2);
    Options(line.words, 2).done();
    submit(line, RenewRun{run_id(line.words[1]), std::string(kActor)});
  } else if (word == "end") {
    need_words(line, 2);
    Options(line.words, 2).done();
    submit(line, EndRun{run_id(line.words[1]), std::string(kActor), "done"});
  } else {
    return false;
  }
  return true;
}

void Runner::start_run(const Line& line, bool child) {
  need_words(line, 3);
  StartRun start;
  start.run_id = run_id(line.words[1]);
  (child ? start.parent_run : start.account) = child ? run_id(line.words[2]) : line.words[2];
  start.actor = kActor;
  Options options(line.words, 3);
  if (const auto ttl = options.value("ttl")) start.ttl = duration(*ttl);
  if (options.flag("unsupervised")) start.lease = Lease::none;
  if (const auto op = options.value("op")) start.operations.push_back(*op);
  start.identity.user = options.value("user").value_or("");
  start.identity.team = options.value("team").value_or("");
  start.identity.org = options.value("org").value_or("");
  start.identity.session = options.value("session").value_or("");
  options.rest([&](const std::string& key, const std::string& value) {
    const auto unit = maybe_unit(key);
    if (unit) start.budgets.push_back({*unit, amount(*unit, value)});
    return unit.has_value();
  });
  options.done();
  submit(line, std::move(start));
}

// ---- holds

bool Runner::do_hold(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "hold") {
    place_hold(line);
  } else if (word == "settle") {
    resolve_hold(line, Ending::settle);
  } else if (word == "release") {
    resolve_hold(line, Ending::release);
  } else if (word == "cut") {
    resolve_hold(line, Ending::cut);
  } else if (word == "extend" || word == "correct" || word == "observe") {
    need_words(line, 2);
    Options options(line.words, 2);
    Amounts amounts;
    const auto ttl = options.value("ttl");
    const auto by = options.value("by");
    options.rest([&](const std::string& key, const std::string& value) {
      const auto unit = maybe_unit(key);
      if (unit) amounts.set(*unit, amount(*unit, value));
      return unit.has_value();
    });
    options.done();
    const HoldId id = hold(line.words[1]);
    if (word == "correct") {
      submit(line, CorrectHold{id, amounts, std::string(kActor), "invoice"});
    } else if (word == "observe") {
      submit(line, ObserveHold{id, amounts});
    } else {
      submit(line, ExtendHold{id, by.value_or(hold_holder_[line.words[1]]), amounts,
                              ttl ? std::optional(duration(*ttl)) : std::nullopt});
    }
  } else if (word == "cancel") {
    need_words(line, 2);
    const auto ticket = tickets_.find(line.words[1]);
    if (ticket == tickets_.end()) throw BadTable{"no hold `" + line.words[1] + "`"};
    if (const auto found = pending_.find(ticket->second); found != pending_.end()) {
      found->second.may_vanish = true;
    }
    submit(line, CancelHold{ticket->second});
  } else if (word == "unproven") {
    need_words(line, 2);
    submit(line, MarkCapUnproven{line.words[1]});
  } else {
    return false;
  }
  return true;
}

// As an edge that asked under the policy in force; `stale` is an answer under another rule.
std::vector<GuardAnswer> Runner::guard_answers(std::string_view text) {
  std::vector<GuardAnswer> answers;
  while (!text.empty()) {
    std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto next = [&one] {
      const std::string word(one.substr(0, one.find(':')));
      one.remove_prefix(std::min(word.size() + 1, one.size()));
      return word;
    };
    GuardAnswer answer{.guard = next(), .fingerprint = "none", .decision = {}, .message = {}};
    for (const GuardRule& rule : world_.engine().policy()->guards()) {
      if (rule.name == answer.guard) answer.fingerprint = rule.fingerprint;
    }
    const std::string decision = next();
    if (decision == "stale") answer.fingerprint += "x";
    if (decision == "deny") answer.decision = GuardDecision::deny;
    if (decision == "ask") answer.decision = GuardDecision::ask;
    if (decision == "allow" || decision == "stale") answer.decision = GuardDecision::allow;
    answer.message = next();
    answers.push_back(std::move(answer));
  }
  return answers;
}

void Runner::place_hold(const Line& line) {
  need_words(line, 4);
  PlaceHold place;
  place.run_id = run_id(line.words[2]);
  place.operation = line.words[3];
  Options options(line.words, 4);
  place.holder = options.flag("gateway") ? std::string(kGatewayHolder) : "run:" + place.run_id;
  if (const auto ttl = options.value("ttl")) place.ttl = duration(*ttl);
  if (const auto wait = options.value("wait")) place.wait = duration(*wait);
  place.idempotency_key = options.value("key").value_or("");
  place.request_digest = sha256(options.value("body").value_or(content(line)));
  const std::string args = options.value("args").value_or("");
  place.args_digest = sha256(args);
  if (args.starts_with('{')) {
    std::string text = args;
    std::ranges::replace(text, '\'', '"');
    const auto json = Json::parse(text);
    if (!json) throw BadTable{"`" + args + "`: " + json.error().text()};
    place.args = std::make_shared<const Json>(*json);
  }
  if (const auto further = options.value("and")) {
    for (std::size_t at = 0; at <= further->size();) {
      const std::size_t end = std::min(further->find(',', at), further->size());
      place.further.push_back(further->substr(at, end - at));
      at = end + 1;
    }
  }
  if (const auto name = options.value("approval")) place.approval = approval_id(*name);
  if (const auto bytes = options.value("shown")) {
    const Json text(std::string(static_cast<std::size_t>(number(*bytes)), 'x'));
    place.args = std::make_shared<const Json>(text);
  }
  if (const auto object = options.value("object")) place.objects = {object_key("p", *object)};
  if (const auto said = options.value("guards")) place.guards = guard_answers(*said);
  if (const auto out = options.value("out")) {
    OutputBound bound;
    bound.wanted_tokens = *out == "unbounded" ? -1 : number(*out);
    bound.min_tokens = number(options.value("min").value_or("256"));
    bound.choices = number(options.value("choices").value_or("1"));
    bound.output_pico = decimal(options.value("rate").value_or("0"), kRateScale);
    bound.fixed_pico = decimal(options.value("fixed").value_or("0"), kPicoScale);
    bound.clamp = !options.flag("strict");
    place.output = bound;
  }
  options.rest([&](const std::string& key, const std::string& value) {
    const bool physical = key.starts_with("max.");
    const auto unit = maybe_unit(physical ? key.substr(4) : key);
    if (unit) (physical ? place.physical_max : place.need).set(*unit, amount(*unit, value));
    return unit.has_value();
  });
  options.done();
  hold_holder_[line.words[1]] = place.holder;
  submit(line, std::move(place), line.words[1]);
}

void Runner::resolve_hold(const Line& line, Ending ending) {
  need_words(line, 2);
  Options options(line.words, 2);
  ResolveHold resolve;
  resolve.hold = hold(line.words[1]);
  resolve.ending = ending;
  const auto by = options.value("by");
  resolve.holder = !by                ? hold_holder_[line.words[1]]
                   : *by == "gateway" ? std::string(kGatewayHolder)
                                      : "run:" + run_id(*by);
  resolve.uncertain = options.flag("uncertain");
  resolve.note = options.value("note").value_or("");
  if (const auto object = options.value("object")) resolve.objects = {object_key("p", *object)};
  options.rest([&](const std::string& key, const std::string& value) {
    const auto unit = maybe_unit(key);
    if (unit) resolve.actual.set(*unit, amount(*unit, value));
    return unit.has_value();
  });
  options.done();
  submit(line, std::move(resolve));
}

// ---- operators

bool Runner::do_operator(const Line& line) {
  const std::string& word = line.words.front();
  if (word == "raise") {
    raise(line);
  } else if (word == "pause" || word == "resume") {
    need_words(line, 2);
    Options(line.words, 2).done();
    const std::string account = account_of(line.words[1]);
    if (word == "pause") {
      submit(line, PauseAccount{account, std::string(kActor), "look"});
    } else {
      submit(line, ResumeAccount{account, std::string(kActor), "fine"});
    }
  } else if (word == "halt") {
    halt(line);
  } else if (word == "lift") {
    need_words(line, 2);
    Options(line.words, 2).done();
    submit(line, LiftHalt{"halt_" + line.words[1], std::string(kActor), "over"});
  } else if (word == "confirm") {
    clock_stepped_ = false;
    world_.now = std::max(world_.now, wall_clock_);
    submit(line, ConfirmClock{std::string(kActor)});
  } else {
    return false;
  }
  return true;
}

void Runner::halt(const Line& line) {
  need_words(line, 3);
  Options options(line.words, 2);
  PlaceHalt halt;
  halt.halt_id = "halt_" + line.words[1];
  halt.account = account_of(options.value("account").value_or(""));
  halt.operation = options.value("operation").value_or("");
  halt.everything = options.flag("everything");
  halt.actor = kActor;
  halt.reason = "stop";
  options.done();
  submit(line, std::move(halt));
}

void Runner::raise(const Line& line) {
  need_words(line, 5);
  RaiseCap raise;
  raise.account = account_of(line.words[1]);
  raise.unit = unit(line.words[2]);
  const auto window = parse_window(line.words[3] == "none" ? "run" : line.words[3]);
  if (!window) throw BadTable{window.error().text()};
  raise.window = line.words[3] == "none" ? Window{} : *window;
  raise.cap = amount(raise.unit, line.words[4]);
  Options options(line.words, 5);
  if (const auto until = options.value("until")) raise.expires_at = time(*until);
  raise.actor = options.value("actor").value_or(std::string(kActor));
  raise.reason = options.value("reason").value_or("needed");
  options.done();
  submit(line, std::move(raise));
}

// ---- replies

void Runner::submit(const Line& line, Command command, const std::string& hold_name) {
  const Ticket ticket = ++last_ticket_;
  if (!hold_name.empty()) {
    if (tickets_.contains(hold_name) && !hold_name.starts_with('_')) {
      throw BadTable{"a second hold `" + hold_name + "`"};
    }
    tickets_[hold_name] = ticket;
  }
  const bool waits = !line.expected.empty() && line.expected.front() == "waits";
  world_.step(ticket, std::move(command), clock_stepped_);
  const auto mine = std::ranges::find(world_.out.replies, ticket, &std::pair<Ticket, Reply>::first);
  if (mine == world_.out.replies.end()) {
    if (!waits) complain("no reply");
    pending_[ticket] = {hold_name};
  } else if (waits) {
    complain("expected it to wait");
  }
  if (mine != world_.out.replies.end()) {
    const Reply reply = mine->second;
    if (const auto* run = std::get_if<RunReply>(&reply)) {
      run_accounts_[run->run_id.substr(2)] = run->account;
    }
    if (const auto* allow = std::get_if<AllowReply>(&reply); allow && !hold_name.empty()) {
      holds_[hold_name] = allow->hold;
    }
    const auto* refusal = std::get_if<Refusal>(&reply);
    if (refusal != nullptr && !hold_name.empty() && refusal->decision_id.empty()) {
      complain("a decision without its id");
    }
    if (!waits) expect_reply(line.expected, reply);
  }
  collect(ticket, hold_name);
}

// Everything the step said besides the asked ticket's own reply.
void Runner::collect(std::optional<Ticket> asked, const std::string&) {
  std::set<Ticket> seen;
  for (const auto& [ticket, reply] : world_.out.replies) {
    if (!seen.insert(ticket).second) complain(fmt::format("ticket {} answered twice", ticket));
    const auto found = pending_.find(ticket);
    if (found == pending_.end()) {
      if (ticket != asked) complain(fmt::format("ticket {} answered again", ticket));
      continue;
    }
    if (const auto* allow = std::get_if<AllowReply>(&reply)) {
      holds_[found->second.name] = allow->hold;
    }
    if (!found->second.may_vanish) answers_.emplace(found->second.name, reply);
    pending_.erase(found);
  }
  notices_.insert(notices_.end(), world_.out.notices.begin(), world_.out.notices.end());
  for (; folded_ < world_.record.size(); ++folded_) {
    const Event& event = world_.record[folded_];
    if (event.seq != folded_ + 1)
      complain(fmt::format("event {} is numbered {}", folded_ + 1, event.seq));
    if (event.time != world_.now) complain(fmt::format("event {} has another time", event.seq));
    fold_.units = world_.engine().units();
    fold_.feed(event);
  }
}

}  // namespace ringfence::tables
