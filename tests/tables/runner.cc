// SPDX-License-Identifier: Apache-2.0
// The runner's loop, time, and the reading of words.
#include "tests/tables/runner.h"

#include <fmt/format.h>

#include "base/decimal.h"

namespace ringfence::tables {
namespace {

constexpr std::string_view kStart = "2026-03-19T14:30:00Z";
constexpr std::size_t kComplaintsMax = 20;
constexpr std::int64_t kLookedAt = 50;  // of a repeated line, then one in so many
constexpr int kTicksMax = 100'000;      // in one line; beyond it the engine asks in circles

template <class T>
T get(Result<T> value, const std::string& text) {
  if (!value) throw BadTable{"`" + text + "`: " + value.error().text()};
  return *value;
}

}  // namespace

std::vector<std::string> Runner::run(const Table& table) {
  world_.now = wall_clock_ = get(parse_rfc3339(kStart), std::string(kStart));
  try {
    for (const Line& line : table.lines) {
      line_ = line.number;
      if (line.words.front() == "repeat") {
        repeat(line);
      } else {
        take(line);
      }
    }
    finish();
  } catch (const BadTable& bad) {
    complain(bad.message);
  }
  return complaints_;
}

void Runner::take(const Line& line) {
  const std::string& word = line.words.front();
  if (!world_.started() && word != "policy" && word != "at") {
    throw BadTable{"`" + word + "` before the policy"};
  }
  if (check(line)) {
    return;
  }
  if (world_.started() && !quiet_) before_ = world_.meters();
  line_begin_ = world_.record.size();
  notices_.clear();
  if (!do_time(line) && !do_run(line) && !do_hold(line) && !do_operator(line) &&
      !do_approval(line)) {
    throw BadTable{"unknown word `" + word + "`"};
  }
  if (world_.started() && !quiet_) check_invariants();
}

void Runner::repeat(const Line& line) {
  if (line.words.size() < 3) throw BadTable{"repeat N LINE"};
  const std::string& range = line.words[1];
  const std::size_t dots = range.find("..");
  const std::int64_t first = dots == std::string::npos ? 1 : number(range.substr(0, dots));
  const std::int64_t times = number(dots == std::string::npos ? range : range.substr(dots + 2));
  for (std::int64_t i = first; i <= times && complaints_.size() < kComplaintsMax; ++i) {
    Line once = line;
    once.words.erase(once.words.begin(), once.words.begin() + 2);
    for (std::string& word : once.words) {
      if (const auto at = word.find('%'); at != std::string::npos) {
        word.replace(at, 1, std::to_string(i));
      }
    }
    quiet_ = i > kLookedAt && i % kLookedAt != 0 && i != times;
    take(once);
  }
  quiet_ = false;
}

// ---- time

bool Runner::do_time(const Line& line) {
  const auto& words = line.words;
  const std::string& word = words.front();
  if (word == "policy" || word == "restart") {
    begin(line);
    return true;
  }
  if (word == "reload") {
    reload(line);
    return true;
  }
  if (word != "at" && word != "tick" && word != "skip" && word != "clock") return false;
  if (words.size() != (word == "clock" ? 3 : 2)) throw BadTable{"`" + word + "`: how long?"};
  if (word == "clock") {
    const Duration step = duration(words[2]);
    if (words[1] != "back" && words[1] != "forward") throw BadTable{"clock back or forward?"};
    clock_stepped_ = clock_stepped_ || words[1] == "forward";
    wall_clock_ = words[1] == "back" ? wall_clock_ - step : wall_clock_ + step;
    return true;
  }
  // The service's rule: never back, and by the monotonic clock while the other is not believed.
  const Duration passed = word == "at" ? time(words[1]) - wall_clock_ : duration(words[1]);
  wall_clock_ = wall_clock_ + passed;
  const Time target = clock_stepped_ ? world_.now + passed : std::max(world_.now, wall_clock_);
  if (word == "at" && target != wall_clock_) throw BadTable{"`at` does not go back"};
  if (word == "skip") {
    world_.now = target;
  } else {
    pass_until(target);
  }
  return true;
}

namespace {

// The indented document with its first line.
std::string document_of(const std::string& block) {
  if (block.empty()) return {};
  const std::size_t margin = block.find_first_not_of(' ');
  std::string document = "version: 1\n";
  for (std::size_t at = 0; at < block.size();) {
    const std::size_t end = block.find('\n', at);
    if (end - at > margin) document += block.substr(at + margin, end - at - margin);
    document += '\n';
    at = end + 1;
  }
  return document;
}

}  // namespace

void Runner::begin(const Line& line) {
  const std::string text = document_of(line.block);
  if (line.words.front() == "policy") {
    if (text.empty() || world_.started()) throw BadTable{"one policy, indented, at the start"};
    if (auto started = world_.start(text); !started) throw BadTable{started.error().text()};
  } else {
    pending_.clear();  // whoever waited is gone with the process
    if (auto done = world_.restart(text); !done) throw BadTable{done.error().text()};
  }
  collect(std::nullopt, {});
}

void Runner::reload(const Line& line) {
  Options options(line.words, 1);
  const bool file = options.flag("file");
  options.done();
  const std::string text = document_of(line.block);
  const auto policy = Policy::compile(text, "policy", world_.engine().units());
  if (!policy) throw BadTable{policy.error().text()};
  if (file) world_.write_file(text);
  submit(line, AdoptPolicy{*policy, "olga", file ? PolicySource::file : PolicySource::api, {}, {}});
}

void Runner::pass_until(Time target) {
  if (!world_.started()) {
    world_.now = target;
    return;
  }
  for (int ticks = 0; world_.engine().next_tick() <= target; ++ticks) {
    if (ticks == kTicksMax) throw BadTable{"the engine asks for ticks in circles"};
    world_.now = std::max(world_.now, world_.engine().next_tick());
    world_.step(0, Tick{}, clock_stepped_);
    collect(0, {});
  }
  world_.now = target;
  world_.step(0, Tick{}, clock_stepped_);
  collect(0, {});
  if (world_.engine().next_tick() <= target) complain("it asks for a tick that it just had");
}

// ---- words

std::optional<Unit> Runner::maybe_unit(const std::string& name) {
  return world_.engine().units().find(name);
}

Unit Runner::unit(const std::string& name) {
  const auto found = maybe_unit(name);
  if (!found) throw BadTable{"no unit `" + name + "`"};
  return *found;
}

std::int64_t Runner::amount(Unit unit, const std::string& text) {
  return get(parse_decimal(text, unit_scale(unit)), text);
}

std::int64_t Runner::number(const std::string& text) { return get(parse_decimal(text, 0), text); }
Duration Runner::duration(const std::string& text) { return get(parse_duration(text), text); }
Time Runner::time(const std::string& text) { return get(parse_rfc3339(text), text); }

HoldId Runner::hold(const std::string& name) {
  const auto found = holds_.find(name);
  if (found != holds_.end()) return found->second;
  if (name.starts_with('@')) return HoldId{static_cast<std::uint64_t>(number(name.substr(1)))};
  throw BadTable{"no hold `" + name + "`"};
}

// A run's name stands for its account.
std::string Runner::account_of(const std::string& text) const {
  const auto run = run_accounts_.find(text);
  return run == run_accounts_.end() ? text : run->second;
}

void Runner::complain(const std::string& message) {
  complaints_.push_back(fmt::format("{}: {}", line_, message));
}

}  // namespace ringfence::tables
