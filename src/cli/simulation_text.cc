// SPDX-License-Identifier: Apache-2.0
#include "cli/simulation_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/decimal.h"
#include "cli/policy_tools.h"
#include "journal/journal.h"

namespace ringfence {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::uint64_t kProgressEvery = 100'000;
constexpr std::size_t kRowsMax = 40;
constexpr int kUsdScale = 9;

Result<Time> time_of(const std::string& text, Time otherwise, const char* option) {
  if (text.empty()) return otherwise;
  auto time = parse_rfc3339(text);
  if (!time) time.error().where = option;
  return time;
}

std::string usd(std::int64_t nano) { return format_decimal(nano, kUsdScale, 2); }

// "--against DIR/journal.db" is the directory's.
std::string directory_of(const std::string& against) {
  constexpr std::string_view kFile = "/journal.db";
  if (against == kFile.substr(1)) return ".";
  return against.ends_with(kFile) ? against.substr(0, against.size() - kFile.size()) : against;
}

std::string amount_of(const ChangeGroup& group) {
  if (group.amount_unknown == group.count) return "unknown";
  const std::string amount = usd(group.usd_nano);
  return group.amount_unknown > 0 ? amount + " +?" : amount;
}

void print_group(const ChangeGroup& group) {
  fmt::print("{:>8}  {:<18}  {:>14}  {:<24}  {}: {}\n", group.count,
             group.allowed_now ? "refused -> allowed" : "allowed -> refused", amount_of(group),
             harmless(group.account), group.reason, harmless(group.because));
  for (const ChangedDecision& example : group.examples) {
    fmt::print("{:>10}{}  {}  {}\n", "", format_rfc3339(example.time),
               harmless(example.decision_id), harmless(example.operation));
  }
}

Json json_of(const ChangeGroup& group) {
  Json examples(Json::Array{});
  for (const ChangedDecision& example : group.examples) {
    Json json;
    json.set("time", format_rfc3339(example.time)).set("decision_id", example.decision_id);
    json.set("account", example.account).set("operation", example.operation);
    examples.push(std::move(json));
  }
  Json json;
  json.set("change", group.allowed_now ? "allowed" : "refused").set("account", group.account);
  json.set("reason", group.reason).set("because", group.because).set("count", group.count);
  json.set("usd", usd(group.usd_nano)).set("amount_unknown", group.amount_unknown);
  json.set("examples", std::move(examples));
  return json;
}

}  // namespace

Result<SimulationReport> simulate_record(const RecordChoice& choice,
                                         std::shared_ptr<const Policy> before,
                                         std::shared_ptr<const Policy> after) {
  const auto since = time_of(choice.since, Time{}, "--since");
  if (!since) return std::unexpected(since.error());
  const auto until = time_of(choice.until, Time::max(), "--until");
  if (!until) return std::unexpected(until.error());
  auto reader = JournalReader::open(directory_of(choice.against));
  if (!reader) return std::unexpected(reader.error());
  UnitTable units;
  Simulation simulation(std::move(before), std::move(after), units,
                        {*since, *until, static_cast<std::size_t>(choice.examples)});
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  std::uint64_t last = 0;
  for (std::uint64_t said = 0;;) {
    const auto page = (*reader)->read(last, kPage);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) break;
    for (const StoredEvent& stored : *page) {
      const auto decoded = decode(stored.line, units);
      if (!decoded) return std::unexpected(decoded.error());
      simulation.feed(decoded->event);
      last = stored.seq;
    }
    if (!watched || last - said < kProgressEvery) continue;
    said = last;
    fmt::print(stderr, "\r{} events", last);
    std::fflush(stderr);
  }
  if (watched && last >= kProgressEvery) fmt::print(stderr, "\r\033[K");
  return simulation.finish();
}

void print_simulation(const SimulationReport& report) {
  fmt::print("{} events; {} decisions: {} allowed, {} refused\n", report.events,
             report.allowed + report.refused, report.allowed, report.refused);
  fmt::print(
      "changed: {} allowed -> refused (${} saved), {} refused -> allowed (at most ${} more{})\n",
      report.allowed_to_refused, usd(report.saved_usd_nano), report.refused_to_allowed,
      usd(report.added_usd_nano),
      report.added_unknown > 0
          ? fmt::format(", and what {} of unknown cost would have used", report.added_unknown)
          : "");
  if (report.clamped > 0) fmt::print("{} with a smaller output cap\n", report.clamped);
  if (report.other_reason > 0) {
    fmt::print("{} refused as before, for another reason\n", report.other_reason);
  }
  if (!report.groups.empty()) {
    fmt::print("\n{:>8}  {:<18}  {:>14}  {:<24}  {}\n", "count", "change", "usd", "account",
               "because");
  }
  for (std::size_t i = 0; i < std::min(report.groups.size(), kRowsMax); ++i) {
    print_group(report.groups[i]);
  }
  if (report.groups.size() > kRowsMax) {
    fmt::print("{:>8}  more groups; --json has them\n", report.groups.size() - kRowsMax);
  }
  fmt::print("\n");
  for (const std::string& caveat : report.caveats) fmt::print("note: {}\n", caveat);
}

Json json_of(const SimulationReport& report) {
  Json groups(Json::Array{});
  for (const ChangeGroup& group : report.groups) groups.push(json_of(group));
  Json caveats(Json::Array{});
  for (const std::string& caveat : report.caveats) caveats.push(caveat);
  Json json;
  json.set("events", static_cast<std::int64_t>(report.events));
  json.set("allowed", report.allowed).set("refused", report.refused);
  json.set("allowed_to_refused", report.allowed_to_refused);
  json.set("refused_to_allowed", report.refused_to_allowed);
  json.set("clamped", report.clamped).set("other_reason", report.other_reason);
  json.set("not_reproduced", report.not_reproduced);
  json.set("saved_usd", usd(report.saved_usd_nano)).set("added_usd", usd(report.added_usd_nano));
  json.set("added_unknown", report.added_unknown);
  json.set("groups", std::move(groups)).set("caveats", std::move(caveats));
  return json;
}

}  // namespace ringfence
