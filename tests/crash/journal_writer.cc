// SPDX-License-Identifier: Apache-2.0
// The program that tests/crash/run kills and whose disk it breaks.
//
//   journal_writer write DIR EVENTS BATCH BYTES
//                                           appends events of about that size; "try N" before and
//                                           "ack N" after each commit
//   journal_writer hold DIR CALLS           a service with holds and settles; "allow N", "settled
//   N" journal_writer check DIR                replays; one line per event: "event N TYPE [STATE]
//   HOLD"
//
// Lines go out with one write each, so that a killed writer has said what it was told. Exit 0, or 1
// with a sentence on stderr; after a failed append it tries twice more and would say so.
#include <unistd.h>

#include <charconv>
#include <future>
#include <iostream>

#include "service/service.h"

namespace {

using namespace ringfence;

constexpr std::string_view kPolicy = R"yaml(
version: 1
currency: USD
timezone: UTC
accounts:
  acme: {budgets: [{usd: "1000.00", window: lifetime}]}
  acme/*: {role: worker}
roles:
  worker: {allow: ["tool:*"]}
)yaml";

void say(const std::string& line) {
  const std::string whole = line + "\n";
  if (::write(STDOUT_FILENO, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
    ::_exit(3);
  }
}

int fail_with(const Error& error) {
  std::cerr << error.text() << "\n";
  return 1;
}

struct Writing {
  std::uint64_t events, batch_events, event_bytes;
};

int write_events(const std::string& dir, Writing writing) {
  auto journal = Journal::open(dir);
  if (!journal) return fail_with(journal.error());
  const UnitTable units;
  const std::string filling(writing.event_bytes, 'x');
  int failures = 0;
  while ((*journal)->last_seq() < writing.events) {
    std::vector<Event> batch;
    const std::uint64_t first = (*journal)->last_seq() + 1;
    for (std::uint64_t i = 0; i < writing.batch_events; ++i) {
      const std::string version = "v" + std::to_string(first + i) + "-";
      batch.push_back({first + i, Time{1}, Started{version + filling}});
    }
    const std::string last = std::to_string(first + writing.batch_events - 1);
    say("try " + last);
    const auto done = (*journal)->append(batch, units);
    if (done) {
      say("ack " + last);
    } else if (++failures == 3) {
      return fail_with(done.error());
    } else {
      say("failed " + last);
    }
  }
  return 0;
}

int hold_and_settle(const std::string& dir, std::uint64_t count) {
  ServiceOptions options;
  options.data_dir = dir;
  options.policy = Policy::compile(kPolicy, "policy.yaml").value();
  options.version = "crash";
  auto opened = Service::open(options);
  if (!opened) return fail_with(opened.error());
  Service& service = **opened;
  const auto ask = [&](Command command) {
    std::promise<Reply> reply;
    service.submit(std::move(command), [&](Reply r) { reply.set_value(std::move(r)); });
    return reply.get_future().get();
  };
  StartRun start;
  start.run_id = "r_" + std::to_string(::getpid());
  start.account = "acme/one";
  start.actor = "test";
  if (!std::holds_alternative<RunReply>(ask(start))) return 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    PlaceHold place;
    place.run_id = start.run_id;
    place.operation = "tool:mail/send";
    place.holder = "run:" + start.run_id;
    place.need.set(kUsd, 1'000);
    const Reply reply = ask(place);
    const auto* allow = std::get_if<AllowReply>(&reply);
    if (allow == nullptr) return 1;
    say("allow " + std::to_string(allow->hold.number));
    ResolveHold resolve;
    resolve.hold = allow->hold;
    resolve.holder = place.holder;
    resolve.actual.set(kUsd, 900);
    if (!std::holds_alternative<ResolveReply>(ask(resolve))) return 1;
    say("settled " + std::to_string(allow->hold.number));
  }
  return 0;
}

int check(const std::string& dir) {
  auto journal = Journal::open(dir);
  if (!journal) return fail_with(journal.error());
  UnitTable units;
  const auto done = (*journal)->replay(units, [](const Event& event) -> Result<void> {
    std::string line =
        "event " + std::to_string(event.seq) + " " + std::string(event_type(event.body));
    if (const auto* started = std::get_if<Started>(&event.body)) {
      line += " " + started->version.substr(0, started->version.find('-'));
    }
    if (const auto* hold = std::get_if<HoldOpened>(&event.body)) {
      line += " " + std::to_string(hold->hold.number);
    }
    if (const auto* end = std::get_if<HoldResolved>(&event.body)) {
      line += " " + std::to_string(end->hold.number);
    }
    say(line);
    return {};
  });
  return done ? 0 : fail_with(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t index) {
    std::uint64_t value = 0;
    std::from_chars(words[index].data(), words[index].data() + words[index].size(), value);
    return value;
  };
  if (words.size() == 5 && words[0] == "write") {
    return write_events(words[1], {number(2), number(3), number(4)});
  }
  if (words.size() == 3 && words[0] == "hold") return hold_and_settle(words[1], number(2));
  if (words.size() == 2 && words[0] == "check") return check(words[1]);
  std::cerr << "journal_writer write DIR EVENTS BATCH BYTES | hold DIR CALLS | check DIR\n";
  return 2;
}
