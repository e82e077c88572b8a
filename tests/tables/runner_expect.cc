// SPDX-License-Identifier: Apache-2.0
// The runner's expecting: replies.
#include <fmt/format.h>

#include "base/decimal.h"

#include "tests/tables/runner.h"

namespace ringfence::tables {
namespace {

std::string describe(const Reply& reply) {
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    std::string text = fmt::format("refuse {} ({})", to_string(refusal->reason), refusal->sentence);
    if (!refusal->field.empty()) text += " field=" + refusal->field;
    if (refusal->wall) {
      const WallState& wall = *refusal->wall;
      text += fmt::format(" wall={} on={} unit={} cap={} settled={} held={} need={}", wall.name,
                          wall.account, wall.unit, wall.cap, wall.settled, wall.held, wall.need);
    }
    return text;
  }
  if (const auto* resolved = std::get_if<ResolveReply>(&reply)) {
    return std::string(to_string(resolved->state));
  }
  return std::holds_alternative<AllowReply>(reply) ? "allow" : "ok";
}

}  // namespace

void Runner::same_text(const std::string& what, const std::string& expected,
                       const std::string& found) {
  if (expected != found) {
    complain(fmt::format("{}: expected {}, found {}", what, expected, found));
  }
}

void Runner::same_number(const std::string& what, std::int64_t expected, std::int64_t found) {
  same_text(what, std::to_string(expected), std::to_string(found));
}

void Runner::same_amount(const std::string& what, Unit unit, const std::string& expected,
                         std::int64_t found) {
  if (amount(unit, expected) != found) {
    complain(fmt::format("{}: expected {}, found {}", what, expected,
                         format_decimal(found, unit_scale(unit))));
  }
}

void Runner::expect_reply(const std::vector<std::string>& expected, const Reply& reply) {
  const std::string word = expected.empty() ? "" : expected.front();
  const auto* refusal = std::get_if<Refusal>(&reply);
  if (word == "refuse" && refusal != nullptr) {
    expect_refusal(expected, *refusal);
  } else if (word.empty() || word == "ok") {
    if (refusal != nullptr) complain("found " + describe(reply));
    Options(expected, 1).done();
  } else if (word == "allow" && std::holds_alternative<AllowReply>(reply)) {
    expect_allow(expected, std::get<AllowReply>(reply));
  } else if (std::holds_alternative<ResolveReply>(reply) && word != "refuse" && word != "allow") {
    expect_resolved(expected, std::get<ResolveReply>(reply));
  } else {
    complain("expected " + word + ", found " + describe(reply));
  }
}

void Runner::expect_allow(const std::vector<std::string>& expected, const AllowReply& reply) {
  Options options(expected, 1);
  if (const auto cap = options.value("cap")) {
    same_number("cap", number(*cap), reply.output_cap.value_or(-1));
  }
  if (options.flag("clamped")) same_number("clamped", true, reply.clamped);
  if (options.flag("unclamped")) same_number("clamped", false, reply.clamped);
  if (const auto alerts = options.value("alerts")) {
    same_number("alerts", number(*alerts), static_cast<std::int64_t>(reply.alerts.size()));
  }
  if (const auto until = options.value("until")) {
    same_text("until", *until, format_rfc3339(reply.expires_at));
  }
  options.rest([&](const std::string& key, const std::string& value) {
    const bool left = key.starts_with("left.");
    const auto unit = maybe_unit(left ? key.substr(5) : key);
    if (unit) same_amount(key, *unit, value, (left ? reply.remaining : reply.held).get(*unit));
    return unit.has_value();
  });
  options.done();
}

void Runner::expect_resolved(const std::vector<std::string>& expected, const ResolveReply& reply) {
  same_text("state", expected.front(), std::string(to_string(reply.state)));
  Options options(expected, 1);
  same_number("late", options.flag("late"), reply.late);
  same_number("uncertain", options.flag("uncertain"), reply.uncertain);
  same_number("implausible", options.flag("implausible"), reply.implausible);
  options.rest([&](const std::string& key, const std::string& value) {
    const bool claimed = key.starts_with("claimed.");
    const auto unit = maybe_unit(claimed ? key.substr(8) : key);
    if (unit) same_amount(key, *unit, value, (claimed ? reply.claimed : reply.charged).get(*unit));
    return unit.has_value();
  });
  options.done();
}

void Runner::expect_refusal(const std::vector<std::string>& expected, const Refusal& refusal) {
  if (expected.size() < 2) throw BadTable{"refuse for what reason?"};
  if (!reason_from(expected[1])) throw BadTable{"no reason `" + expected[1] + "`"};
  if (expected[1] != to_string(refusal.reason)) {
    complain("expected refuse " + expected[1] + ", found " + describe(refusal));
  }
  if (refusal.sentence.empty()) complain("a refusal without a sentence");
  if (refusal.retry_after && is_final(refusal.reason)) complain("final, and yet `retry_after`");
  Options options(expected, 2);
  if (options.flag("final")) same_number("final", true, is_final(refusal.reason));
  if (options.flag("passing")) same_number("final", false, is_final(refusal.reason));
  if (const auto field = options.value("field")) same_text("field", *field, refusal.field);
  if (const auto part = options.value("says");
      part && refusal.sentence.find(*part) == std::string::npos) {
    complain(fmt::format("the sentence `{}` does not say `{}`", refusal.sentence, *part));
  }
  if (const auto retry = options.value("retry")) {
    if (!refusal.retry_after) {
      complain("no `retry_after`");
    } else if (*retry != "some") {
      same_text("retry", *retry, format_duration(*refusal.retry_after));
    }
  }
  if (const auto approval = options.value("approval")) expect_approval(*approval, refusal);
  const auto wall = [&](const std::string& key) { return options.value(key); };
  const WallState state = refusal.wall.value_or(WallState{});
  const auto text = [&](std::int64_t n) { return format_decimal(n, state.scale); };
  const auto expect_number = [&](const std::string& key, std::int64_t found) {
    const auto value = options.value(key);
    if (!value) return;
    const auto parsed = parse_decimal(*value, state.scale);
    if (!parsed) throw BadTable{"`" + *value + "`: " + parsed.error().text()};
    same_text(key, text(*parsed), text(found));
  };
  if (const auto name = wall("wall")) same_text("wall", *name, state.name);
  if (const auto on = wall("on")) same_text("on", account_of(*on), state.account);
  if (const auto unit = wall("unit")) same_text("unit", *unit, state.unit);
  expect_number("cap", state.cap);
  expect_number("settled", state.settled);
  expect_number("held", state.held);
  expect_number("need", state.need);
  expect_number("fits", refusal.fits.value_or(-1));
  if (const auto instead = options.value("downgrade")) {
    same_text("downgrade", *instead, refusal.downgrade.empty() ? "none" : refusal.downgrade);
  }
  if (const auto resets = wall("resets")) {
    same_text("resets", *resets,
              state.resets_at ? format_rfc3339(*state.resets_at) : std::string("never"));
  }
  options.done();
}

}  // namespace ringfence::tables
